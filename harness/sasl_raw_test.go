package harness_test

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/xdg-go/scram"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// rawClient speaks RPC without any of the sense that clients have.
type rawClient struct {
	t      *testing.T
	nc     net.Conn
	reader *rpc.Reader
	serial uint32
	// realm is what the server calls its host. Answers are shown with "node" in its
	// place.
	realm string
	// real is set for a connection to a libvirtd.
	real bool
	// data is what the last message of SASL brought.
	data  []byte
	scram *scram.ClientConversation
	// proofs are what was sent in place of passwords.
	proofs []string
}

// dialRaw connects to a fake node.
func dialRaw(t *testing.T, host *harness.Host, transport call.Transport) *rawClient {
	t.Helper()
	u, err := url.Parse(host.URI(transport, "test:///default"))
	if err != nil {
		t.Fatal(err)
	}
	if transport == harness.Unix {
		return dialRawAt(t, "unix", u.Query().Get("socket"))
	}
	return dialRawAt(t, "tcp", u.Host)
}

// dialRawAt connects to any node, whose name is "node" unless realm is set.
func dialRawAt(t *testing.T, network, address string) *rawClient {
	t.Helper()
	nc, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(patience))
	return &rawClient{t: t, nc: nc, reader: rpc.NewReader(nc), realm: "node"}
}

// frame is one call as it goes out.
func (c *rawClient) frame(info *rpc.Info, payload []byte) []byte {
	c.serial++
	frame := rpc.AppendHeader(nil, rpc.Header{
		Program: info.Program, Version: rpc.ProtocolVersion, Procedure: info.Number,
		Type: rpc.TypeCall, Serial: c.serial,
	})
	frame = append(frame, payload...)
	rpc.FinishFrame(frame, 0)
	return frame
}

func encoded(info *rpc.Info, args any) []byte {
	var e rpc.Encoder
	info.EncodeArgs(&e, args)
	return e.Buf
}

// ask calls a procedure and shows the answer.
func (c *rawClient) ask(info *rpc.Info, args any) string { return c.askRaw(info, encoded(info, args)) }

// askRaw calls a procedure with whatever bytes for arguments.
func (c *rawClient) askRaw(info *rpc.Info, payload []byte) string {
	if _, err := c.nc.Write(c.frame(info, payload)); err != nil {
		return "not sent"
	}
	return c.answer(info)
}

// answer shows what comes back.
func (c *rawClient) answer(info *rpc.Info) string {
	h, payload, err := c.reader.Next()
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		return "closed"
	}
	if err != nil {
		return err.Error()
	}
	if h.Status == rpc.StatusError {
		e, err := rpc.DecodeError(payload)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprintf("E(%d,%d,%s)", e.Code, e.Domain, e.Message)
	}
	var d rpc.Decoder
	d.Reset(payload)
	switch ret := info.DecodeRet(&d).(type) {
	case *libvirt.AuthListRet:
		return fmt.Sprint(ret.Types)
	case *libvirt.AuthSaslInitRet:
		return ret.Mechlist
	case *libvirt.AuthSaslStartRet:
		return c.step(ret.Complete, ret.Nil, ret.Data)
	case *libvirt.AuthSaslStepRet:
		return c.step(ret.Complete, ret.Nil, ret.Data)
	case *libvirt.AuthPolkitRet:
		return fmt.Sprint("complete=", ret.Complete)
	}
	return "ok"
}

var randomText = regexp.MustCompile(`(nonce=)"[^"]*"|\b([rsv]=|rspauth=)[^,]*`)

// step keeps and shows what a message of SASL brought.
func (c *rawClient) step(complete, isNil int32, data []int8) string {
	c.data = nil
	for _, b := range data {
		c.data = append(c.data, byte(b))
	}
	text := randomText.ReplaceAllString(string(c.data), "$1$2…")
	return fmt.Sprintf("complete=%d nil=%d %s", complete, isNil, strings.ReplaceAll(text, `realm="`+c.realm+`"`, `realm="node"`))
}

// saslAsk is one call of a table.
type saslAsk func(*rawClient) string

func askList(c *rawClient) string { return c.ask(rpc.AuthList.Info, &rpc.None{}) }
func askInit(c *rawClient) string { return c.ask(rpc.AuthSaslInit.Info, &rpc.None{}) }
func askOpen(c *rawClient) string {
	return c.ask(rpc.ConnectOpen.Info, &libvirt.ConnectOpenArgs{Name: libvirt.OptString{"test:///default"}})
}

// askPolkit asks polkit. Where that is out of place, a libvirtd fails without a text,
// and so has that of whatever failed before on the same one of its threads.
func askPolkit(c *rawClient) string {
	got := c.ask(rpc.AuthPolkit.Info, &rpc.None{})
	if c.real && strings.HasPrefix(got, "E(") {
		return saslUnsaid
	}
	return got
}

// none stands for no data, which is not "".
const none = "\xff none"

func askStart(mechanism, data string) saslAsk {
	return func(c *rawClient) string {
		args := &libvirt.AuthSaslStartArgs{Mech: mechanism, Data: chars(data)}
		if data == none {
			args.Nil, args.Data = 1, nil
		}
		return c.ask(rpc.AuthSaslStart.Info, args)
	}
}

func askStep(data string) saslAsk {
	return func(c *rawClient) string {
		args := &libvirt.AuthSaslStepArgs{Data: chars(data)}
		if data == none {
			args.Nil, args.Data = 1, nil
		}
		return c.ask(rpc.AuthSaslStep.Info, args)
	}
}

// localName returns USER@node with the server's own name for its host.
func (c *rawClient) localName(user string) string {
	return strings.ReplaceAll(user, "@node", "@"+c.realm)
}

func askPlain(user, password string) saslAsk {
	return func(c *rawClient) string {
		return askStart("PLAIN", "\x00"+c.localName(user)+"\x00"+password)(c)
	}
}

// askBytes sends bytes that are no arguments.
func askBytes(info *rpc.Info, payload ...byte) saslAsk {
	return func(c *rawClient) string { return c.askRaw(info, payload) }
}

// startScram begins SCRAM as a client does that has the password; as is who it wants
// to be, if that is not the user.
func startScram(mechanism, user, as, password string) saslAsk {
	return func(c *rawClient) string {
		generator := scram.SHA256
		if strings.HasPrefix(mechanism, "SCRAM-SHA-1") {
			generator = scram.SHA1
		}
		client, err := generator.NewClient(c.localName(user), password, as)
		if err != nil {
			c.t.Fatal(err)
		}
		c.scram = client.NewConversation()
		first, err := c.scram.Step("")
		if err != nil {
			c.t.Fatal(err)
		}
		return askStart(mechanism, first)(c)
	}
}

// goOnScram sends the proof, changed as edit says, if there is one.
func goOnScram(edit func(string) string) saslAsk {
	return func(c *rawClient) string {
		final, err := c.scram.Step(string(c.data))
		if err != nil {
			return "the client gives up: " + err.Error()
		}
		_, proof, _ := strings.Cut(final, ",p=")
		c.proofs = append(c.proofs, proof)
		if edit != nil {
			final = edit(final)
		}
		return askStep(final)(c)
	}
}

// digest is a response of DIGEST-MD5.
type digest struct {
	user, realm, password, authzid string
	nonce, cnonce, nc, qop, uri    string
	// rest is what follows, and is no part of the proof.
	rest string
}

var nonceText = regexp.MustCompile(`nonce="([^"]*)"`)

// newDigest is the response of fred to a challenge, right in all that it has.
func (c *rawClient) newDigest() *digest {
	d := &digest{
		user: "fred", realm: c.realm, password: saslPassword, cnonce: "c", nc: "00000001",
		qop: "auth", uri: "libvirt/" + c.realm, rest: "charset=utf-8",
	}
	if found := nonceText.FindSubmatch(c.data); found != nil {
		d.nonce = string(found[1])
	}
	if strings.Contains(string(c.data), "auth-conf") {
		d.qop, d.rest = "auth-conf", "cipher=rc4,maxbuf=65536"
	}
	return d
}

// ha1 is what the layer's keys are made of.
func (d *digest) ha1() []byte {
	h := func(s string) string { b := md5.Sum([]byte(s)); return string(b[:]) }
	a1 := h(d.user+":"+d.realm+":"+d.password) + ":" + d.nonce + ":" + d.cnonce
	if d.authzid != "" {
		a1 += ":" + d.authzid
	}
	return []byte(h(a1))
}

// String is the response as it is sent.
func (d *digest) String() string {
	x := func(s string) string { b := md5.Sum([]byte(s)); return hex.EncodeToString(b[:]) }
	a2 := "AUTHENTICATE:" + d.uri
	if d.qop != "auth" {
		a2 += ":00000000000000000000000000000000"
	}
	text := fmt.Sprintf(`username="%s",realm="%s",nonce="%s",cnonce="%s",nc=%s,qop=%s,digest-uri="%s",response=%s`,
		d.user, d.realm, d.nonce, d.cnonce, d.nc, d.qop, d.uri,
		x(hex.EncodeToString(d.ha1())+":"+d.nonce+":"+d.nc+":"+d.cnonce+":"+d.qop+":"+x(a2)))
	if d.authzid != "" {
		text += `,authzid="` + d.authzid + `"`
	}
	if d.rest != "" {
		text += "," + d.rest
	}
	return text
}

// askDigest answers a challenge, with what edit makes of the right response.
func askDigest(edit func(*digest)) saslAsk {
	return func(c *rawClient) string {
		d := c.newDigest()
		if edit != nil {
			edit(d)
		}
		text := d.String()
		_, proof, _ := strings.Cut(text, ",response=")
		c.proofs = append(c.proofs, proof[:2*md5.Size])
		return askStep(text)(c)
	}
}

// askDigestText is askDigest for what no proof can have: it changes the text.
func askDigestText(edit func(string) string) saslAsk {
	return func(c *rawClient) string { return askStep(edit(c.newDigest().String()))(c) }
}

// replaced returns what puts one text in the place of another, which must be there.
func replaced(old, with string) func(string) string {
	return func(s string) string {
		if !strings.Contains(s, old) {
			panic(fmt.Sprintf("no %q in %q", old, s))
		}
		return strings.Replace(s, old, with, 1)
	}
}
