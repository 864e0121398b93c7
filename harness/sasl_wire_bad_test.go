package harness_test

import (
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
	"github.com/fakelibvirt/fakelibvirtd/harness"
)

// saslBadRows are messages that no client sends, or hardly one. They belong to
// saslRows.
func saslBadRows() []saslRow {
	type (
		asks    = []saslAsk
		answers = []string
	)
	long := func(n int) string { return "\x00fred\x00" + strings.Repeat("x", n-len("\x00fred\x00")) }
	begin := askStart("DIGEST-MD5", none)
	set := func(edit func(*digest)) asks { return asks{askInit, begin, askDigest(edit), askOpen} }
	rest := func(text string) asks { return set(func(d *digest) { d.rest = text }) }
	text := func(old, with string) asks {
		return asks{askInit, begin, askDigestText(replaced(old, with)), askOpen}
	}
	first := func(text string) asks { return asks{askInit, askStart("SCRAM-SHA-256", text), askOpen} }
	final := func(edit func(string) string) asks {
		return asks{askInit, startScram("SCRAM-SHA-256", "fred", "", saslPassword), goOnScram(edit), askOpen}
	}
	return []saslRow{
		{"longest data", harness.Unix, asks{askInit, askStart("PLAIN", long(65536)), askInit}, answers{saslOffer, saslRefused, saslOffer}},
		{"too long data", harness.Unix, asks{askInit, askStart("PLAIN", long(65537)), askInit, askPlain("fred", saslPassword)}, answers{saslOffer, saslUndecodable, saslRefused, saslIn}},
		{"too long step", harness.Unix, asks{askInit, askStart("PLAIN", none), askStep(long(65537)), askStep("\x00fred\x00" + saslPassword)}, answers{saslOffer, saslGoOn, saslUndecodable, saslIn}},
		{"too long for PLAIN", harness.Unix, asks{askInit, askStart("PLAIN", long(2000)), askInit}, answers{saslOffer, saslRefused, saslOffer}},
		{"init with arguments", harness.Unix, asks{askBytes(rpc.AuthSaslInit.Info, 1, 2, 3), askInit}, answers{saslOffer, saslRefused}},
		{"list with arguments", harness.Unix, asks{askBytes(rpc.AuthList.Info, 0, 0, 0, 9), askInit}, answers{"[1]", saslOffer}},
		{"start without arguments", harness.Unix, asks{askInit, askBytes(rpc.AuthSaslStart.Info), askInit}, answers{saslOffer, saslUndecodable, saslRefused}},
		{"start of a name without end", harness.Unix, asks{askInit, askBytes(rpc.AuthSaslStart.Info, 0xff, 0xff, 0xff, 0xff, 'P'), askInit}, answers{saslOffer, saslUndecodable, saslRefused}},
		{"start cut", harness.Unix, asks{askInit, askBytes(rpc.AuthSaslStart.Info, 0, 0, 0, 5, 'P', 'L', 'A', 'I', 'N', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9), askInit}, answers{saslOffer, saslUndecodable, saslRefused}},
		{"start of a list without end", harness.Unix, asks{askInit, askBytes(rpc.AuthSaslStart.Info, 0, 0, 0, 5, 'P', 'L', 'A', 'I', 'N', 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff), askInit}, answers{saslOffer, saslUndecodable, saslRefused}},
		{"start with nil of 2", harness.Unix, asks{askInit, askBytes(rpc.AuthSaslStart.Info, 0, 0, 0, 5, 'P', 'L', 'A', 'I', 'N', 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0)}, answers{saslOffer, saslGoOn}},
		{"start with nil and data", harness.Unix, asks{askInit, askBytes(rpc.AuthSaslStart.Info, 0, 0, 0, 9, 'A', 'N', 'O', 'N', 'Y', 'M', 'O', 'U', 'S', 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 'x')}, answers{saslOffer, saslRefused}},
		{"step without arguments", harness.Unix, asks{askInit, askStart("PLAIN", none), askBytes(rpc.AuthSaslStep.Info), askStep("\x00fred\x00" + saslPassword)}, answers{saslOffer, saslGoOn, saslUndecodable, saslIn}},
		{"mechanism behind a blank", harness.Unix, asks{askInit, askStart(" PLAIN", "\x00fred\x00"+saslPassword)}, answers{saslOffer, saslRefused}},
		{"two mechanisms", harness.Unix, asks{askInit, askStart("SCRAM-SHA-256,PLAIN", "\x00fred\x00"+saslPassword)}, answers{saslOffer, saslRefused}},
		{"mechanism and NUL", harness.Unix, asks{askInit, askStart("PLAIN\x00x", "\x00fred\x00"+saslPassword)}, answers{saslOffer, saslIn}},
		{"mechanism not listed", harness.Unix, asks{askInit, askStart("CRAM-MD5", none), askInit}, answers{saslOffer, saslRefused, saslOffer}},
		{"mechanism GSSAPI", harness.Unix, asks{askInit, askStart("GSSAPI", "x"), askInit}, answers{saslOffer, saslRefused, saslOffer}},
		{"another mechanism", harness.Unix, asks{askInit, askStart("SCRAM-SHA-256", "n,,n=fred,r=abc"), askPlain("fred", saslPassword), askOpen}, answers{saslOffer, saslSalt, saslIn, "ok"}},
		{"another mechanism, failing", harness.Unix, asks{askInit, askStart("SCRAM-SHA-256", "n,,n=fred,r=abc"), askPlain("fred", "x"), askStart("PLAIN", none), askOpen}, answers{saslOffer, saslSalt, saslRefused, saslRefused, saslRequired}},
		{"step after the end", harness.Unix, asks{askInit, askPlain("fred", saslPassword), askStep("x"), askOpen}, answers{saslOffer, saslIn, saslRefused, "ok"}},
		{"start after the end", harness.Unix, asks{askInit, askPlain("fred", saslPassword), askPlain("fred", "x"), askOpen}, answers{saslOffer, saslIn, saslRefused, "ok"}},

		{"scram", harness.Unix, final(nil), answers{saslOffer, saslSalt, saslScramIn, "ok"}},
		{"scram, sha-1", harness.Unix, asks{askInit, startScram("scram-sha-1", "fred", "", saslPassword), goOnScram(nil), askOpen}, answers{saslOffer, saslSalt, saslRefused, saslRequired}},
		{"scram, as oneself", harness.Unix, asks{askInit, startScram("SCRAM-SHA-256", "fred", "fred", saslPassword), goOnScram(nil), askOpen}, answers{saslOffer, saslSalt, saslScramIn, "ok"}},
		{"scram, as another", harness.Unix, asks{askInit, startScram("SCRAM-SHA-256", "fred", "bob", saslPassword), goOnScram(nil), askOpen}, answers{saslOffer, saslSalt, saslRefused, saslRequired}},
		{"scram, wrong password", harness.Unix, asks{askInit, startScram("SCRAM-SHA-256", "fred", "", "x"), goOnScram(nil), askOpen, askInit}, answers{saslOffer, saslSalt, saslRefused, saslRequired, saslOffer}},
		{"scram, not allowed", harness.Unix, asks{askInit, startScram("SCRAM-SHA-256", "bob", "", saslPassword), goOnScram(nil), askOpen}, answers{saslOffer, saslSalt, saslRefused, saslRequired}},
		{"scram, proof of another hash", harness.Unix, asks{askInit, startScram("SCRAM-SHA-1", "fred", "", saslPassword), askStart("SCRAM-SHA-256", "n,,n=fred,r=abc"), askOpen}, answers{saslOffer, saslSalt, saslSalt, saslRequired}},
		{"scram, proof cut", harness.Unix, final(func(s string) string { return s[:len(s)-4] }), answers{saslOffer, saslSalt, saslRefused, saslRequired}},
		{"scram, no proof", harness.Unix, final(func(s string) string { return s[:strings.Index(s, ",p=")] }), answers{saslOffer, saslSalt, saslRefused, saslRequired}},
		{"scram, proof of nothing", harness.Unix, final(func(s string) string { return s[:strings.Index(s, ",p=")] + ",p=" }), answers{saslOffer, saslSalt, saslRefused, saslRequired}},
		{"scram, other nonce", harness.Unix, final(replaced(",r=", ",r=x")), answers{saslOffer, saslSalt, saslRefused, saslRequired}},
		{"scram, other binding", harness.Unix, final(replaced("c=biws", "c=eSws")), answers{saslOffer, saslSalt, saslRefused, saslRequired}},
		{"scram, more", harness.Unix, final(replaced(",p=", ",x=y,p=")), answers{saslOffer, saslSalt, saslRefused, saslRequired}},
		{"scram, nothing", harness.Unix, final(func(string) string { return "" }), answers{saslOffer, saslSalt, saslRefused, saslRequired}},
		{"scram, NULL", harness.Unix, final(func(string) string { return none }), answers{saslOffer, saslSalt, saslRefused, saslRequired}},
		{"scram, first again", harness.Unix, final(func(string) string { return "n,,n=fred,r=abc" }), answers{saslOffer, saslSalt, saslRefused, saslRequired}},
		{"scram, after the end", harness.Unix, asks{askInit, startScram("SCRAM-SHA-256", "fred", "", saslPassword), goOnScram(nil), askStep("x"), askInit}, answers{saslOffer, saslSalt, saslScramIn, saslRefused, saslRefused}},
		{"scram, extension", harness.Unix, first("n,,m=x,n=fred,r=abc"), answers{saslOffer, saslRefused, saslRequired}},
		{"scram, extension behind", harness.Unix, first("n,,n=fred,r=abc,x=y"), answers{saslOffer, saslSalt, saslRequired}},
		{"scram, no nonce", harness.Unix, first("n,,n=fred"), answers{saslOffer, saslRefused, saslRequired}},
		{"scram, nonce of nothing", harness.Unix, first("n,,n=fred,r="), answers{saslOffer, saslSalt, saslRequired}},
		{"scram, user of nothing", harness.Unix, first("n,,n=,r=abc"), answers{saslOffer, saslRefused, saslRequired}},
		{"scram, user escaped", harness.Unix, first("n,,n=fr=2Ced,r=abc"), answers{saslOffer, saslRefused, saslRequired}},
		{"scram, user escaped badly", harness.Unix, first("n,,n=fr=ed,r=abc"), answers{saslOffer, saslRefused, saslRequired}},
		{"scram, user with realm", harness.Unix, asks{askInit, startScram("SCRAM-SHA-256", "fred@node", "", saslPassword), askOpen}, answers{saslOffer, saslSalt, saslRequired}},
		{"scram, NUL", harness.Unix, first("n,,n=fred,r=abc\x00"), answers{saslOffer, saslRefused, saslRequired}},
		{"scram, as plain", harness.Unix, first("\x00fred\x00" + saslPassword), answers{saslOffer, saslRefused, saslRequired}},

		{"digest, right", harness.Unix, set(nil), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, after the end", harness.Unix, asks{askInit, begin, askDigest(nil), askStep("x"), askInit}, answers{saslOffer, saslChallenge, saslDigestIn, saslRefused, saslRefused}},
		{"digest, wrong password", harness.Unix, set(func(d *digest) { d.password = "x" }), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, unknown user", harness.Unix, set(func(d *digest) { d.user = "nobody" }), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, not allowed", harness.Unix, set(func(d *digest) { d.user = "bob" }), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, other realm", harness.Unix, set(func(d *digest) { d.realm = "elsewhere" }), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, other nonce", harness.Unix, set(func(d *digest) { d.nonce = "x" + d.nonce[1:] }), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, count of 2", harness.Unix, set(func(d *digest) { d.nc = "00000002" }), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, count of 0", harness.Unix, set(func(d *digest) { d.nc = "00000000" }), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, other service", harness.Unix, set(func(d *digest) { d.uri = "imap/" + d.realm }), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, other host", harness.Unix, set(func(d *digest) { d.uri = "libvirt/elsewhere" }), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, host and service", harness.Unix, set(func(d *digest) { d.uri = "libvirt/" + d.realm + "/more" }), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, no uri", harness.Unix, set(func(d *digest) { d.uri = "" }), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, as oneself", harness.Unix, set(func(d *digest) { d.authzid = "fred" }), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, as another", harness.Unix, set(func(d *digest) { d.authzid = "bob" }), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, conf on unix", harness.Unix, set(func(d *digest) { d.qop, d.rest = "auth-conf", "cipher=rc4" }), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, int on unix", harness.Unix, set(func(d *digest) { d.qop = "auth-int" }), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, no charset", harness.Unix, rest(""), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, other charset", harness.Unix, rest("charset=latin-1"), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, buffer of 65536", harness.Unix, rest("maxbuf=65536"), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, buffer of 0", harness.Unix, rest("maxbuf=0"), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, buffer of 16", harness.Unix, rest("maxbuf=16"), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, buffer of 17", harness.Unix, rest("maxbuf=17"), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, buffer of 16777215", harness.Unix, rest("maxbuf=16777215"), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, buffer of 16777216", harness.Unix, rest("maxbuf=16777216"), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, buffer of x", harness.Unix, rest("maxbuf=x"), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, unknown directive", harness.Unix, rest("more=x"), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, other algorithm", harness.Unix, rest("algorithm=md5"), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, no realm", harness.Unix, text(`realm="`, `unrealm="`), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, no count", harness.Unix, text(`nc=00000001,`, ``), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, no qop", harness.Unix, text(`qop=auth,`, ``), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, no user", harness.Unix, text(`username="fred",`, ``), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, no response", harness.Unix, text(`response=`, `x=`), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, response of nothing", harness.Unix, asks{askInit, begin, askDigestText(func(s string) string {
			i := strings.Index(s, "response=")
			return s[:i] + "response="
		}), askOpen}, answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, upper case", harness.Unix, asks{askInit, begin, askDigestText(func(s string) string {
			i := strings.Index(s, "response=") + len("response=")
			return s[:i] + strings.ToUpper(s[i:i+32]) + s[i+32:]
		}), askOpen}, answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, user twice", harness.Unix, text(`username="fred"`, `username="fred",username="fred"`), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, another user before", harness.Unix, text(`username="fred"`, `username="bob",username="fred"`), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, another user behind", harness.Unix, text(`username="fred"`, `username="fred",username="bob"`), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, realm twice", harness.Unix, text(`nc=`, `realm="x",nc=`), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, buffer twice", harness.Unix, rest("maxbuf=65536,maxbuf=65536"), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, short count", harness.Unix, text(`nc=00000001`, `nc=1`), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, count quoted", harness.Unix, text(`nc=00000001`, `nc="00000001"`), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, names in upper case", harness.Unix, text(`username=`, `USERNAME=`), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, service in upper case", harness.Unix, set(func(d *digest) { d.uri = "LIBVIRT/" + d.realm }), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, user with realm", harness.Unix, set(func(d *digest) { d.user = "fred@" + d.realm }), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, realm in upper case", harness.Unix, set(func(d *digest) { d.realm = strings.ToUpper(d.realm) }), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, realm of nothing", harness.Unix, set(func(d *digest) { d.realm = "" }), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, no nonce of its own", harness.Unix, set(func(d *digest) { d.cnonce = "" }), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, user of nothing", harness.Unix, set(func(d *digest) { d.user = "" }), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, QOP in upper case", harness.Unix, set(func(d *digest) { d.qop = "AUTH" }), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, user unquoted", harness.Unix, text(`username="fred"`, `username=fred`), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, qop quoted", harness.Unix, text(`qop=auth`, `qop="auth"`), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, quote without an end", harness.Unix, text(`username="fred"`, `username="fred`), answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, blanks and commas", harness.Unix, text(`nc=`, ` , ,nc = `), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, user escaped", harness.Unix, text(`username="fred"`, `username="fr\ed"`), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},
		{"digest, NULL", harness.Unix, asks{askInit, begin, askStep(none), askOpen}, answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, nothing", harness.Unix, asks{askInit, begin, askStep(""), askOpen}, answers{saslOffer, saslChallenge, saslRefused, saslRequired}},
		{"digest, NUL", harness.Unix, text(`charset=utf-8`, "charset=utf-8\x00"), answers{saslOffer, saslChallenge, saslDigestIn, "ok"}},

		{"tcp, digest right", harness.TCP, asks{askInit, begin, askDigest(nil)}, answers{"DIGEST-MD5", saslChallengeConf, saslDigestIn}},
		{"tcp, digest rc4-56", harness.TCP, asks{askInit, begin, askDigest(func(d *digest) { d.rest = "cipher=rc4-56,maxbuf=65536" })}, answers{"DIGEST-MD5", saslChallengeConf, saslDigestIn}},
		{"tcp, digest 3des", harness.TCP, asks{askInit, begin, askDigest(func(d *digest) { d.rest = "cipher=3des,maxbuf=65536" })}, answers{"DIGEST-MD5", saslChallengeConf, saslRefused}},
		{"tcp, digest des", harness.TCP, asks{askInit, begin, askDigest(func(d *digest) { d.rest = "cipher=des,maxbuf=65536" }), askInit}, answers{"DIGEST-MD5", saslChallengeConf, saslRefused, "DIGEST-MD5"}},
		{"tcp, digest rc4-40", harness.TCP, asks{askInit, begin, askDigest(func(d *digest) { d.rest = "cipher=rc4-40,maxbuf=65536" }), askInit}, answers{"DIGEST-MD5", saslChallengeConf, saslRefused, "DIGEST-MD5"}},
		{"tcp, digest without cipher", harness.TCP, asks{askInit, begin, askDigest(func(d *digest) { d.rest = "maxbuf=65536" })}, answers{"DIGEST-MD5", saslChallengeConf, saslRefused}},
		{"tcp, digest upper cipher", harness.TCP, asks{askInit, begin, askDigest(func(d *digest) { d.rest = "cipher=RC4,maxbuf=65536" })}, answers{"DIGEST-MD5", saslChallengeConf, saslDigestIn}},
		{"tcp, digest cipher quoted", harness.TCP, asks{askInit, begin, askDigest(func(d *digest) { d.rest = `cipher="rc4",maxbuf=65536` })}, answers{"DIGEST-MD5", saslChallengeConf, saslDigestIn}},
		{"tcp, digest without buffer", harness.TCP, asks{askInit, begin, askDigest(func(d *digest) { d.rest = "cipher=rc4" })}, answers{"DIGEST-MD5", saslChallengeConf, saslDigestIn}},
		{"tcp, digest buffer of 48", harness.TCP, asks{askInit, begin, askDigest(func(d *digest) { d.rest = "cipher=rc4,maxbuf=48" })}, answers{"DIGEST-MD5", saslChallengeConf, saslDigestIn}},
		{"tcp, digest buffer of 49", harness.TCP, asks{askInit, begin, askDigest(func(d *digest) { d.rest = "cipher=rc4,maxbuf=49" })}, answers{"DIGEST-MD5", saslChallengeConf, saslDigestIn}},
		{"tcp, digest auth", harness.TCP, asks{askInit, begin, askDigest(func(d *digest) { d.qop = "auth" }), askInit}, answers{"DIGEST-MD5", saslChallengeConf, saslRefused, "DIGEST-MD5"}},
		{"tcp, digest int", harness.TCP, asks{askInit, begin, askDigest(func(d *digest) { d.qop = "auth-int" }), askInit}, answers{"DIGEST-MD5", saslChallengeConf, saslRefused, "DIGEST-MD5"}},
		{"tcp, digest wrong password", harness.TCP, asks{askInit, begin, askDigest(func(d *digest) { d.password = "x" }), askOpen, askInit}, answers{"DIGEST-MD5", saslChallengeConf, saslRefused, saslRequired, "DIGEST-MD5"}},
		{"tcp, scram", harness.TCP, asks{askInit, startScram("SCRAM-SHA-256", "fred", "", saslPassword), askOpen, askInit}, answers{"DIGEST-MD5", saslRefused, saslRequired, "DIGEST-MD5"}},
	}
}
