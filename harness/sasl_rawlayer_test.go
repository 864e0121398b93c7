package harness_test

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rc4"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/rpc"
)

// digestConn is the client's side of DIGEST-MD5's security layer (RFC 2831, section
// 2.4), for tests that must get at its packets. cipher is rc4 or rc4-56.
type digestConn struct {
	net.Conn
	out, in digestKeys
	packet  []byte // what has been unwrapped and not been read yet
	// packets are the lengths of those that have come.
	packets []int
	// tamper, if it is there, changes each packet before it goes out, as it is after
	// the word of its length.
	tamper func(packet []byte) []byte
}

type digestKeys struct {
	sign   []byte
	cipher *rc4.Cipher
	seq    uint32
}

// newDigestConn makes the layer of H(A1).
func newDigestConn(nc net.Conn, ha1 []byte, cipher string) (*digestConn, error) {
	n := map[string]int{"rc4": 16, "rc4-56": 7}[cipher]
	if n == 0 {
		return nil, fmt.Errorf("no cipher %q", cipher)
	}
	keys := func(to string) digestKeys {
		sign := md5.Sum([]byte(string(ha1) + "Digest session key to " + to + " signing key magic constant"))
		seal := md5.Sum([]byte(string(ha1[:n]) + "Digest H(A1) to " + to + " sealing key magic constant"))
		stream, err := rc4.NewCipher(seal[:])
		if err != nil {
			panic(err) // a key of 16 bytes is right
		}
		return digestKeys{sign: sign[:], cipher: stream}
	}
	return &digestConn{Conn: nc, out: keys("client-to-server"), in: keys("server-to-client")}, nil
}

const (
	digestMAC     = 10
	digestTrailer = 6
)

func (k *digestKeys) mac(plain []byte) []byte {
	h := hmac.New(md5.New, k.sign)
	h.Write(binary.BigEndian.AppendUint32(nil, k.seq))
	h.Write(plain)
	return h.Sum(nil)[:digestMAC]
}

// Write sends packets of what the server has said it takes, 65536 bytes.
func (c *digestConn) Write(p []byte) (int, error) {
	const most = 65536 - digestMAC - digestTrailer
	for done := 0; done < len(p); done += most {
		plain := p[done:min(len(p), done+most)]
		packet := append(append([]byte(nil), plain...), c.out.mac(plain)...)
		c.out.cipher.XORKeyStream(packet, packet)
		packet = append(packet, 0, 1)
		packet = binary.BigEndian.AppendUint32(packet, c.out.seq)
		c.out.seq++
		if c.tamper != nil {
			packet = c.tamper(packet)
		}
		if _, err := c.Conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(packet))), packet...)); err != nil {
			return done, err
		}
	}
	return len(p), nil
}

// Read takes packets apart, and fails at one that is not right.
func (c *digestConn) Read(p []byte) (int, error) {
	for len(c.packet) == 0 {
		var word [4]byte
		if _, err := io.ReadFull(c.Conn, word[:]); err != nil {
			return 0, err
		}
		n := binary.BigEndian.Uint32(word[:])
		if n < digestMAC+digestTrailer || n > 1<<20 {
			return 0, fmt.Errorf("a packet of %d bytes", n)
		}
		packet := make([]byte, n)
		if _, err := io.ReadFull(c.Conn, packet); err != nil {
			return 0, err
		}
		sealed, trailer := packet[:n-digestTrailer], packet[n-digestTrailer:]
		if binary.BigEndian.Uint16(trailer) != 1 || binary.BigEndian.Uint32(trailer[2:]) != c.in.seq {
			return 0, fmt.Errorf("a packet that ends in %x, where number %d is due", trailer, c.in.seq)
		}
		c.in.cipher.XORKeyStream(sealed, sealed)
		plain := sealed[:len(sealed)-digestMAC]
		if !hmac.Equal(c.in.mac(plain), sealed[len(plain):]) {
			return 0, fmt.Errorf("packet %d has a wrong signature", c.in.seq)
		}
		c.in.seq++
		c.packet = plain
		c.packets = append(c.packets, int(n))
	}
	n := copy(p, c.packet)
	c.packet = c.packet[n:]
	return n, nil
}

// loginDigest logs fred in by DIGEST-MD5 on plain tcp, and puts the layer on. Behind
// the cipher may be more that the response says: "rc4,maxbuf=1000".
func (c *rawClient) loginDigest(cipher string) *digestConn {
	c.t.Helper()
	askInit(c)
	askStart("DIGEST-MD5", none)(c)
	d := c.newDigest()
	d.rest = "cipher=" + cipher
	cipher, _, _ = strings.Cut(cipher, ",")
	if got := askStep(d.String())(c); got != saslDigestIn {
		c.t.Fatalf("logging in with %s: %s", cipher, got)
	}
	layer, err := newDigestConn(c.nc, d.ha1(), cipher)
	if err != nil {
		c.t.Fatal(err)
	}
	c.nc, c.reader = layer, rpc.NewReader(layer)
	return layer
}
