package call

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What a journal keeps of logins, and as many again of what clients asked of the SSH
// server once they were in. The oldest beyond are dropped.
const (
	// MaxLoginRecords is how many logins; of commands there are as many.
	MaxLoginRecords = maxBookRecords
	maxBookRecords  = 1024
	// maxBookBytes is how much text they may have.
	maxBookBytes = 4 << 20
)

// LoginKind is what a client logs in to.
type LoginKind string

// The kinds of logins. A client may need one of SSH, and then one of another kind.
const (
	SSHLogin    LoginKind = "ssh"    // to the SSH server
	SASLLogin   LoginKind = "sasl"   // to a daemon that asks for SASL
	PolkitLogin LoginKind = "polkit" // to a daemon that asks polkit
)

// LoginRecord is how a login went. Of an SSH connection there is one, which the
// journal gets once the client is in, or is gone. Of SASL and polkit there is one for
// each attempt, before the client is told how it went, and one more if the client
// leaves in the middle. Passwords are never in it, nor what else a client proves with
// who it is.
type LoginRecord struct {
	// Seq numbers the logins from 1.
	Seq  uint64
	Kind LoginKind
	// Connection is the number of the connection; see Peer.Connection.
	Connection    uint64
	Transport     Transport
	Local, Remote string
	// ClientVersion is how a client of SSH introduced itself, such as
	// "SSH-2.0-libssh_0.10.6"; empty if it did not come to that.
	ClientVersion string
	// User is the last that was tried, empty if it did not come to that. Of
	// "user:password", which libvirt makes the name where a URI has both, the
	// password is masked. For polkit it is the user's number, in digits, if the node
	// knows it.
	User string
	// Accepted tells that the client was let in.
	Accepted bool
	// Method is the way in: of SSH the one that was accepted, such as "publickey",
	// with the key of KeyFingerprint, if it is that; of SASL the mechanism that the
	// client chose, whether it was let in or not, if the node offers it; for polkit
	// the action that was asked for, "org.libvirt.unix.manage".
	Method         string
	KeyFingerprint string // SHA256:…
	// SSF is the strength of the security layer that SASL puts on the connection from
	// then on, in bits of its key; 0 if there is none.
	SSF int
	// Reason is why the client was not let in: in words for the node's log, which
	// are not told to the client. It is empty if the client was let in.
	Reason string
	// Tries are what a client of SSH tried, in that order, the successful one last.
	// It may have none, if the client did not like the host key.
	Tries []LoginTry
	// Time is when it was decided, by the node's clock.
	Time time.Time
}

// LoginTry is one attempt to log in to an SSH server.
type LoginTry struct {
	User, Method string
	// KeyFingerprint is that of the key, for the method publickey.
	KeyFingerprint string
	Accepted       bool
	// Reason is why the attempt failed.
	Reason string
}

// String shows the login on one line:
//
//	login #1 connection 3 (ssh, 127.0.0.1:40466, SSH-2.0-OpenSSH_9.2p1): root by ssh publickey SHA256:…
//	login #2 connection 4 (tcp, 127.0.0.1:40468): fred by sasl DIGEST-MD5
//	login #3 connection 5 (unix, /run/libvirt/libvirt-sock): 1000 refused by polkit org.libvirt.unix.manage: access denied by policy
func (l *LoginRecord) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "login #%d connection %d (%s, %s", l.Seq, l.Connection, l.Transport, cmp.Or(l.Remote, l.Local))
	if l.ClientVersion != "" {
		b.WriteString(", " + onOneLine(l.ClientVersion))
	}
	b.WriteString("): " + cmp.Or(onOneLine(l.User), "nobody yet"))
	if !l.Accepted {
		b.WriteString(" refused")
	}
	b.WriteString(" by " + string(l.Kind))
	for _, word := range []string{l.Method, l.KeyFingerprint} {
		if word != "" {
			b.WriteString(" " + word)
		}
	}
	if !l.Accepted {
		b.WriteString(": " + onOneLine(l.Reason))
	}
	return b.String()
}

// onOneLine quotes a text of the client's that a terminal might do something about.
func onOneLine(s string) string {
	for _, r := range s {
		if !strconv.IsPrint(r) {
			return strconv.Quote(s)
		}
	}
	return s
}

// LoggedIn notes how a login went. It sets the record's number and time.
func (j *Journal) LoggedIn(l LoginRecord) {
	l.User = MaskUser(l.User)
	l.Tries = slices.Clone(l.Tries)
	l.Reason = MaskText(l.Reason)
	size := len(l.User) + len(l.ClientVersion) + len(l.Method) + len(l.Reason)
	for i := range l.Tries {
		try := &l.Tries[i]
		try.User = MaskUser(try.User)
		size += len(try.User) + len(try.Method) + len(try.KeyFingerprint) + len(try.Reason)
	}
	l.Time = j.now()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.logins.add(l, size, func(r *LoginRecord, number uint64) { r.Seq = number })
}

// Logins returns the logins that the journal still has, of all kinds, the oldest
// first.
func (j *Journal) Logins() []LoginRecord {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.logins.records)
}

// WaitLogin returns the first login for which match reports true: of those that
// the journal has, else of those to come. It returns ctx's error if that ends
// first.
func (j *Journal) WaitLogin(ctx context.Context, match func(*LoginRecord) bool) (LoginRecord, error) {
	return wait(ctx, &j.mu, &j.logins.waiters, func() []LoginRecord { return slices.Clone(j.logins.records) }, match)
}

// MaskUser returns the name of a user with *** in place of the password that follows
// it after a colon.
func MaskUser(name string) string {
	if user, _, found := strings.Cut(name, ":"); found {
		return user + ":" + masked
	}
	return name
}
