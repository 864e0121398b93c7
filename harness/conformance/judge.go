package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	libvirt "github.com/digitalocean/go-libvirt"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/call"
)

// judge compares what came of a row with what it wants.
type judge struct {
	cell   *Cell
	env    *Env
	seen   *seen
	failed error // the client's
	asked  bool
}

func (j *judge) judge() error {
	var err error
	var strange *abnormal
	switch want := j.cell.Want; {
	case errors.As(j.failed, &strange):
		err = errors.New("want the client to end by itself, with an exit status")
	case want.Reach != nil:
		err = j.reached(want.Reach)
	case want.Refuse != nil:
		err = j.refused(want.Refuse)
	default:
		return errors.New("the row wants nothing")
	}
	if err != nil {
		return fmt.Errorf("%w; the client %s; the node saw %s", err, j.ended(), j.seen)
	}
	return nil
}

func (j *judge) ended() string {
	if j.failed == nil {
		return "succeeded"
	}
	return "failed (" + j.failed.Error() + ")"
}

func (j *judge) refused(want *Refuse) error {
	stage := j.seen.stage()
	switch {
	case j.failed == nil:
		return errors.New("want the client to fail")
	case stage > want.Saw:
		return fmt.Errorf("want the node to see no more than %s", want.Saw)
	case stage < want.Least:
		return fmt.Errorf("want the node to see %s", want.Least)
	case want.NotAsked && j.asked:
		return errors.New("want the client to ask nothing on its terminal")
	}
	name, err := j.env.Expand(want.Name)
	if err != nil {
		return err
	}
	for i := range j.seen.opens {
		r := &j.seen.opens[i]
		if r.Err == nil {
			return errors.New("want no CONNECT_OPEN to succeed")
		}
		if got := openName(r); got != name && (want.Name != "" || want.NoName) {
			return fmt.Errorf("want the name %q in CONNECT_OPEN", name)
		}
	}
	return nil
}

func (j *judge) reached(want *Reach) error {
	if j.failed != nil {
		return errors.New("want the client to succeed")
	}
	if len(j.seen.opens) == 0 {
		return errors.New("want CONNECT_OPEN to arrive")
	}
	var err error
	for i := range j.seen.opens {
		if err = j.opened(want, &j.seen.opens[i]); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	if want.Asked && !j.asked {
		return errors.New("want the client to ask on its terminal")
	}
	return j.argued(want)
}

// opened compares one CONNECT_OPEN.
func (j *judge) opened(want *Reach, r *call.Record) error {
	if r.Err != nil || !r.Finished {
		return errors.New("want CONNECT_OPEN to succeed")
	}
	e := expansion{env: j.env}
	name, socket, user := e.one(want.Name), e.one(want.Socket), e.one(want.User)
	command, noCommand := e.all(want.Command), e.all(want.NoCommand)
	if err := errors.Join(e.errs...); err != nil {
		return err
	}
	if got := openName(r); got != name && (name != "" || want.NoName) {
		return fmt.Errorf("want the name %q in CONNECT_OPEN", name)
	}
	transport := want.Transport
	if transport == "" {
		transport = arrival(j.cell.Transport)
	}
	if r.Peer.Transport != transport {
		return fmt.Errorf("want the transport %s", transport)
	}
	if openedReadOnly(r) {
		return errors.New("want no flag for reading alone in CONNECT_OPEN")
	}
	if err := j.used(want, r.Peer.Connection); err != nil {
		return err
	}
	if want.ReadOnly && !r.Peer.ReadOnly {
		return errors.New("want a read-only socket")
	}
	if socket != "" && peerSocket(r.Peer) != socket {
		return fmt.Errorf("want the socket %s, not %s", socket, peerSocket(r.Peer))
	}
	if err := j.proved(want, r.Peer.Connection); err != nil {
		return err
	}
	if t := r.Peer.TLS; t != nil {
		if want.TLSVersion != 0 && t.Version != want.TLSVersion {
			return fmt.Errorf("want version %#x of TLS, not %#x", want.TLSVersion, t.Version)
		}
	}
	if s := r.Peer.SSH; s != nil {
		return loggedIn(s, want, user, command, noCommand)
	}
	return nil
}

// used compares what came after a CONNECT_OPEN.
func (j *judge) used(want *Reach, connection uint64) error {
	for i := range j.seen.types {
		r := &j.seen.types[i]
		answer, ok := r.Ret.(*libvirt.ConnectGetTypeRet)
		if want.Type != "" && ok && r.Peer.Connection == connection && answer.Type != want.Type {
			return fmt.Errorf("want the type %s, not %s", want.Type, answer.Type)
		}
	}
	closed := slices.ContainsFunc(j.seen.closes, func(r call.Record) bool { return r.Peer.Connection == connection })
	if want.Close && !closed {
		return errors.New("want CONNECT_CLOSE")
	}
	return nil
}

// proved compares how the client has logged in to the daemon before a CONNECT_OPEN.
func (j *judge) proved(want *Reach, connection uint64) error {
	var login call.LoginRecord
	for i := range j.seen.sasl {
		if j.seen.sasl[i].Connection == connection {
			login = j.seen.sasl[i]
		}
	}
	switch {
	case want.Mechanism != "" && login.Method != want.Mechanism:
		return fmt.Errorf("want SASL's mechanism %s, not %q", want.Mechanism, login.Method)
	case want.Login != "" && login.User != want.Login:
		return fmt.Errorf("want a login as %q, not %q", want.Login, login.User)
	}
	return nil
}

// loggedIn compares how a client came over SSH.
func loggedIn(s *call.SSHPeer, want *Reach, user string, command, noCommand []string) error {
	if user != "" && s.User != user {
		return fmt.Errorf("want the user %q, not %q", user, s.User)
	}
	if len(want.Via) > 0 && !slices.Contains(want.Via, s.Via) {
		return fmt.Errorf("want %s to lead to the socket, not %s", strings.Join(want.Via, " or "), s.Via)
	}
	for _, text := range command {
		if !strings.Contains(s.Command, text) {
			return fmt.Errorf("want %q in the command", text)
		}
	}
	for _, text := range noCommand {
		if strings.Contains(s.Command, text) {
			return fmt.Errorf("want no %q in the command", text)
		}
	}
	return nil
}

// argued compares what the local ssh was given.
func (j *judge) argued(want *Reach) error {
	e := expansion{env: j.env}
	args, noArgs := e.all(want.Args), e.all(want.NoArgs)
	if len(args)+len(noArgs) == 0 {
		return nil
	}
	text, err := j.env.arguments()
	if err := errors.Join(append(e.errs, err)...); err != nil {
		return err
	}
	if text == "" {
		return errors.New("want the client to run the command")
	}
	for _, run := range args {
		if !strings.Contains(" "+text, " "+run+" ") {
			return fmt.Errorf("want the arguments %q, among %q", run, strings.TrimSpace(text))
		}
	}
	for _, run := range noArgs {
		if strings.Contains(" "+text, " "+run+" ") {
			return fmt.Errorf("want no arguments %q, among %q", run, strings.TrimSpace(text))
		}
	}
	return nil
}

// arrival is how a client of a transport arrives at the node.
func arrival(t call.Transport) call.Transport {
	switch t {
	case call.LibSSH, call.LibSSH2:
		return call.SSH
	case call.Ext:
		return call.Unix
	}
	return t
}

func peerSocket(p *call.Peer) string {
	if p.SSH != nil {
		return p.SSH.Socket
	}
	return p.Local
}

// expansion expands several templates.
type expansion struct {
	env  *Env
	errs []error
}

func (e *expansion) one(template string) string {
	text, err := e.env.Expand(template)
	if err != nil {
		e.errs = append(e.errs, err)
	}
	return text
}

func (e *expansion) all(templates []string) []string {
	var texts []string
	for _, t := range templates {
		texts = append(texts, e.one(t))
	}
	return texts
}
