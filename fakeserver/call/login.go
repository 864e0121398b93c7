package call

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// What a journal keeps of SSH logins, and as many again of what clients asked of
// the SSH server once they were in. The oldest beyond are dropped.
const (
	// MaxLoginRecords is how many logins; of commands there are as many.
	MaxLoginRecords = maxBookRecords
	maxBookRecords  = 1024
	// maxBookBytes is how much text they may have.
	maxBookBytes = 4 << 20
)

// LoginRecord is how the login of one SSH connection went: the journal gets it once
// the client is in, or is gone. Passwords are never in it.
type LoginRecord struct {
	// Seq numbers the logins from 1.
	Seq uint64
	// Connection is the number of the SSH connection; see Peer.Connection.
	Connection    uint64
	Local, Remote string
	// ClientVersion is how the client introduced itself, such as
	// "SSH-2.0-libssh_0.10.6"; empty if it did not come to that.
	ClientVersion string
	// User is the last that was tried. Of "user:password", which libvirt makes the
	// name where a URI has both, the password is masked.
	User string
	// Accepted tells that the client was let in, by Method, such as "publickey",
	// with the key of KeyFingerprint, if that was the method.
	Accepted       bool
	Method         string
	KeyFingerprint string // SHA256:…
	// Reason is why the client was not let in: in the words of the SSH server,
	// which are not told to it. It is empty if the client was.
	Reason string
	// Tries are what the client tried, in that order, the successful one last. It
	// may have none, if the client did not like the host key.
	Tries []LoginTry
	// Time is when it was decided, by the node's clock.
	Time time.Time
}

// LoginTry is one attempt to log in.
type LoginTry struct {
	User, Method string
	// KeyFingerprint is that of the key, for the method publickey.
	KeyFingerprint string
	Accepted       bool
	// Reason is why the attempt failed.
	Reason string
}

// String shows the login on one line.
func (l *LoginRecord) String() string {
	text := fmt.Sprintf("login #%d connection %d (%s, %s): %s", l.Seq, l.Connection, l.Remote, l.ClientVersion, l.User)
	if l.Accepted {
		return fmt.Sprintf("%s by %s %s", text, l.Method, l.KeyFingerprint)
	}
	return text + " refused: " + l.Reason
}

// LoggedIn notes how a login went. It sets the record's number and time.
func (j *Journal) LoggedIn(l LoginRecord) {
	l.User = maskUser(l.User)
	l.Tries = slices.Clone(l.Tries)
	size := len(l.User) + len(l.ClientVersion) + len(l.Reason)
	for i := range l.Tries {
		try := &l.Tries[i]
		try.User = maskUser(try.User)
		size += len(try.User) + len(try.Method) + len(try.KeyFingerprint) + len(try.Reason)
	}
	l.Time = j.now()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.logins.add(l, size, func(r *LoginRecord, number uint64) { r.Seq = number })
}

// Logins returns the SSH logins that the journal still has, the oldest first.
func (j *Journal) Logins() []LoginRecord {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.logins.records)
}

// WaitLogin returns the first SSH login for which match reports true: of those that
// the journal has, else of those to come. It returns ctx's error if that ends
// first.
func (j *Journal) WaitLogin(ctx context.Context, match func(*LoginRecord) bool) (LoginRecord, error) {
	return wait(ctx, &j.mu, &j.logins.waiters, func() []LoginRecord { return slices.Clone(j.logins.records) }, match)
}

// maskUser takes the password out of the user's name.
func maskUser(name string) string {
	if user, _, found := strings.Cut(name, ":"); found {
		return user + ":" + masked
	}
	return name
}
