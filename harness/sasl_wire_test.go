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
	"testing"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// rawClient speaks RPC without any of the sense that clients have.
type rawClient struct {
	nc     net.Conn
	reader *rpc.Reader
	serial uint32
	data   *[]int8 // if not nil, where START's data goes
}

func dialRaw(t *testing.T, host *harness.Host, transport call.Transport) *rawClient {
	t.Helper()
	u, err := url.Parse(host.URI(transport, "test:///default"))
	if err != nil {
		t.Fatal(err)
	}
	network, address := "tcp", u.Host
	if transport == harness.Unix {
		network, address = "unix", u.Query().Get("socket")
	}
	nc, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(patience))
	return &rawClient{nc: nc, reader: rpc.NewReader(nc)}
}

// frame is one call as it goes out.
func (c *rawClient) frame(info *rpc.Info, args any) []byte {
	c.serial++
	var e rpc.Encoder
	e.Buf = rpc.AppendHeader(nil, rpc.Header{
		Program: info.Program, Version: rpc.ProtocolVersion, Procedure: info.Number,
		Type: rpc.TypeCall, Serial: c.serial,
	})
	info.EncodeArgs(&e, args)
	rpc.FinishFrame(e.Buf, 0)
	return e.Buf
}

// ask calls a procedure and shows the answer.
func (c *rawClient) ask(info *rpc.Info, args any) string {
	if _, err := c.nc.Write(c.frame(info, args)); err != nil {
		return "not sent"
	}
	return c.answer(info)
}

func (c *rawClient) answer(info *rpc.Info) string {
	h, payload, err := c.reader.Next()
	if errors.Is(err, io.EOF) {
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
		if c.data != nil {
			*c.data = ret.Data
		}
		return shownStep(ret.Complete, ret.Nil, ret.Data)
	case *libvirt.AuthSaslStepRet:
		return shownStep(ret.Complete, ret.Nil, ret.Data)
	case *libvirt.AuthPolkitRet:
		return fmt.Sprint("complete=", ret.Complete)
	}
	return "ok"
}

var randomText = regexp.MustCompile(`(nonce=)"[^"]*"|\b([rsv]=)[^,]*`)

func shownStep(complete, isNil int32, data []int8) string {
	var b []byte
	for _, c := range data {
		b = append(b, byte(c))
	}
	return fmt.Sprintf("complete=%d nil=%d %s", complete, isNil, randomText.ReplaceAllString(string(b), "$1$2…"))
}

// The calls of the table below.
func askList(c *rawClient) string   { return c.ask(rpc.AuthList.Info, &rpc.None{}) }
func askInit(c *rawClient) string   { return c.ask(rpc.AuthSaslInit.Info, &rpc.None{}) }
func askPolkit(c *rawClient) string { return c.ask(rpc.AuthPolkit.Info, &rpc.None{}) }
func askOpen(c *rawClient) string {
	return c.ask(rpc.ConnectOpen.Info, &libvirt.ConnectOpenArgs{Name: libvirt.OptString{"test:///default"}})
}

// none stands for no data, which is not "".
const none = "\xff none"

func askStart(mechanism, data string) func(*rawClient) string {
	return func(c *rawClient) string {
		args := &libvirt.AuthSaslStartArgs{Mech: mechanism, Data: chars(data)}
		if data == none {
			args.Nil, args.Data = 1, nil
		}
		return c.ask(rpc.AuthSaslStart.Info, args)
	}
}

func askStep(data string) func(*rawClient) string {
	return func(c *rawClient) string {
		args := &libvirt.AuthSaslStepArgs{Data: chars(data)}
		if data == none {
			args.Nil, args.Data = 1, nil
		}
		return c.ask(rpc.AuthSaslStep.Info, args)
	}
}

func askPlain(user, password string) func(*rawClient) string {
	return askStart("PLAIN", "\x00"+user+"\x00"+password)
}

// What a libvirtd 9.0.0 answers that has mech_list "scram-sha-256 scram-sha-1
// digest-md5 plain anonymous", and lets in those of the list fr*@*, fred and
// anonymous. It was asked the same, but for the step without a START before it, at
// which it crashes.
func TestSASLOnTheWire(t *testing.T) {
	t.Parallel()
	const (
		offer     = "SCRAM-SHA-256,SCRAM-SHA-1,DIGEST-MD5,PLAIN,ANONYMOUS"
		failed    = "E(45,7,authentication failed: authentication failed)"
		required  = "E(39,7,authentication required)"
		unsaid    = "E(1,7,Library function returned error but did not set virError)"
		in        = "complete=1 nil=1 "
		goOn      = "complete=0 nil=0 "
		challenge = `complete=0 nil=0 nonce=…,realm="node",qop="auth",maxbuf=65536,charset=utf-8,algorithm=md5-sess`
	)
	auth := saslEverywhere("plain", "anonymous", "digest-md5", "scram-sha-256", "scram-sha-1")
	auth.Users = append(auth.Users, fakeserver.AuthUser{Name: "bob", Password: saslPassword})
	auth.AllowedUsernames = []string{"fr*@*", "fred", "anonymous"}
	type asks []func(*rawClient) string
	for _, c := range []struct {
		name      string
		transport call.Transport
		asks      asks
		want      []string
	}{
		{"nothing", harness.Unix, asks{askList, askOpen, askList}, []string{"[1]", required, "[1]"}},
		{"out of order", harness.Unix, asks{askOpen, askPolkit, askInit, askInit, askInit}, []string{required, unsaid, offer, failed, failed}},
		{"plain", harness.Unix, asks{askInit, askPlain("fred", saslPassword), askList, askOpen, askInit, askList, askStart("PLAIN", ""), askPolkit}, []string{offer, in, "[0]", "ok", failed, "[0]", failed, unsaid}},
		{"plain, wrong", harness.Unix, asks{askInit, askPlain("fred", "x"), askPlain("fred", saslPassword), askOpen, askInit, askPlain("fred", saslPassword), askOpen}, []string{offer, failed, failed, required, offer, in, "ok"}},
		{"plain, not allowed", harness.Unix, asks{askInit, askPlain("bob", saslPassword), askOpen, askList}, []string{offer, failed, required, "[1]"}},
		{"plain, realm", harness.Unix, asks{askInit, askPlain("fred@node", saslPassword), askList}, []string{offer, in, "[0]"}},
		{"plain, as oneself", harness.Unix, asks{askInit, askStart("PLAIN", "fred\x00fred\x00"+saslPassword)}, []string{offer, in}},
		{"plain, as another", harness.Unix, asks{askInit, askStart("PLAIN", "bob\x00fred\x00"+saslPassword), askOpen}, []string{offer, failed, required}},
		{"plain, more behind", harness.Unix, asks{askInit, askPlain("fred", saslPassword+"\x00")}, []string{offer, failed}},
		{"plain, no password", harness.Unix, asks{askInit, askPlain("fred", "")}, []string{offer, failed}},
		{"plain, empty", harness.Unix, asks{askInit, askStart("PLAIN", "")}, []string{offer, goOn}},
		{"plain, later", harness.Unix, asks{askInit, askStart("PLAIN", none), askStep("\x00fred\x00" + saslPassword), askOpen}, []string{offer, goOn, in, "ok"}},
		{"plain, start again", harness.Unix, asks{askInit, askStart("PLAIN", none), askPlain("fred", saslPassword), askOpen}, []string{offer, goOn, in, "ok"}},
		{"plain, init between", harness.Unix, asks{askInit, askStart("PLAIN", none), askList, askInit, askStep("\x00fred\x00" + saslPassword), askOpen}, []string{offer, goOn, "[1]", failed, in, "ok"}},
		{"plain, nothing", harness.Unix, asks{askInit, askStart("PLAIN", none), askStep(none)}, []string{offer, goOn, failed}},
		{"start before init", harness.Unix, asks{askPlain("fred", saslPassword), askStep("x"), askOpen}, []string{failed, failed, required}},
		{"step before start", harness.Unix, asks{askInit, askStep("\x00fred\x00" + saslPassword), askOpen}, []string{offer, failed, required}},
		{"small letters", harness.Unix, asks{askInit, askStart("plain", "\x00fred\x00"+saslPassword)}, []string{offer, in}},
		{"mechanism unknown", harness.Unix, asks{askInit, askStart("NOPE", "x"), askInit}, []string{offer, failed, offer}},
		{"mechanism empty", harness.Unix, asks{askInit, askStart("", "x"), askInit}, []string{offer, failed, offer}},
		{"scram, later", harness.Unix, asks{askInit, askStart("SCRAM-SHA-256", none), askStep("n,,n=fred,r=abc")}, []string{offer, "complete=0 nil=1 ", "complete=0 nil=0 r=…,s=…,i=4096"}},
		{"scram, user", harness.Unix, asks{askInit, askStart("SCRAM-SHA-256", "n,,n=nobody,r=abc"), askInit}, []string{offer, failed, offer}},
		{"scram, y", harness.Unix, asks{askInit, askStart("SCRAM-SHA-1", "y,,n=fred,r=abc")}, []string{offer, "complete=0 nil=0 r=…,s=…,i=4096"}},
		{"scram, junk", harness.Unix, asks{askInit, askStart("SCRAM-SHA-256", "junk")}, []string{offer, failed}},
		{"digest", harness.Unix, asks{askInit, askStart("DIGEST-MD5", none)}, []string{offer, challenge}},
		{"digest, empty", harness.Unix, asks{askInit, askStart("DIGEST-MD5", "")}, []string{offer, challenge}},
		{"digest, data", harness.Unix, asks{askInit, askStart("DIGEST-MD5", `username="fred"`), askStep("x"), askInit}, []string{offer, challenge, failed, offer}},
		{"anonymous", harness.Unix, asks{askInit, askStart("ANONYMOUS", "me@here"), askList, askOpen}, []string{offer, in, "[0]", "ok"}},
		{"anonymous, later", harness.Unix, asks{askInit, askStart("ANONYMOUS", none), askStep("me"), askOpen}, []string{offer, goOn, in, "ok"}},
		{"anonymous, empty", harness.Unix, asks{askInit, askStart("ANONYMOUS", ""), askList, askOpen}, []string{offer, goOn, "[1]", required}},
		{"tcp, plain", harness.TCP, asks{askInit, askPlain("fred", saslPassword), askList, askOpen, askInit}, []string{"DIGEST-MD5", failed, "[1]", required, "DIGEST-MD5"}},
		{"tcp, anonymous", harness.TCP, asks{askInit, askStart("ANONYMOUS", "me"), askOpen}, []string{"DIGEST-MD5", failed, required}},
		{"tcp, digest", harness.TCP, asks{askInit, askStart("DIGEST-MD5", none)}, []string{"DIGEST-MD5", strings.Replace(challenge, `qop="auth"`, `qop="auth-conf",cipher="rc4-56,rc4,3des"`, 1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, harness.WithTransports(c.transport), harness.WithHostname("node"), fakeserver.WithAuth(auth))
			client := dialRaw(t, host, c.transport)
			var got []string
			for _, ask := range c.asks {
				got = append(got, ask(client))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("other answers (+) than libvirtd's (-):\n%s", diff)
			}
		})
	}
}

// A client that sends more behind its last step of SASL, before it knows whether a
// layer is agreed on, loses its connection where one is; so does one that goes on in
// clear. Neither call is answered.
func TestSASLLayerIsNotOptional(t *testing.T) {
	t.Parallel()
	for _, ahead := range []bool{true, false} {
		t.Run(fmt.Sprint("ahead=", ahead), func(t *testing.T) {
			t.Parallel()
			host := harness.Start(t, harness.WithTransports(harness.TCP), harness.WithHostname("node"), fakeserver.WithAuth(saslEverywhere()))
			c := dialRaw(t, host, harness.TCP)
			askInit(c)
			var data []int8
			c.data = &data
			askStart("DIGEST-MD5", none)(c)
			step := c.frame(rpc.AuthSaslStep.Info, &libvirt.AuthSaslStepArgs{Data: chars(digestResponse(t, data, saslPassword))})
			open := c.frame(rpc.ConnectOpen.Info, &libvirt.ConnectOpenArgs{Name: libvirt.OptString{"test:///default"}})
			if ahead {
				step = append(step, open...)
			}
			if _, err := c.nc.Write(step); err != nil {
				t.Fatal(err)
			}
			if got := c.answer(rpc.AuthSaslStep.Info); !strings.HasPrefix(got, "complete=1 nil=0 rspauth=") {
				t.Fatalf("the step is answered with %q", got)
			}
			if !ahead {
				// Twice, for as packets these are 4 bytes longer each than as frames.
				if _, err := c.nc.Write(append(open, open...)); err != nil {
					t.Fatal(err)
				}
			}
			if _, _, err := c.reader.Next(); err == nil {
				t.Error("a call in clear is answered")
			}
			reachesOnlyAuth(t, host)
		})
	}
}

var nonceText = regexp.MustCompile(`nonce="([^"]*)"`)

// digestResponse answers a challenge of DIGEST-MD5, as fred.
func digestResponse(t *testing.T, challenge []int8, password string) string {
	t.Helper()
	var text []byte
	for _, c := range challenge {
		text = append(text, byte(c))
	}
	found := nonceText.FindSubmatch(text)
	if found == nil {
		t.Fatalf("no nonce in %q", text)
	}
	nonce := string(found[1])
	h := func(s string) string { b := md5.Sum([]byte(s)); return string(b[:]) }
	x := func(s string) string { return hex.EncodeToString([]byte(h(s))) }
	ha1 := x(h("fred:node:"+password) + ":" + nonce + ":c")
	ha2 := x("AUTHENTICATE:libvirt/node:00000000000000000000000000000000")
	return `username="fred",realm="node",nonce="` + nonce + `",cnonce="c",nc=00000001,qop=auth-conf,cipher=rc4,maxbuf=65536,` +
		`digest-uri="libvirt/node",response=` + x(ha1+":"+nonce+":00000001:c:auth-conf:"+ha2)
}
