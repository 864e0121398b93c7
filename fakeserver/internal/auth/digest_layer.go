package auth

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rc4"
	"encoding/binary"
	"errors"
	"slices"
)

const (
	macSize     = 10
	trailerSize = 2 + 4 // a version, and the packet's number
)

// errSeal ends a connection whose packet is forged, damaged or out of order.
var errSeal = errors.New("SASL packet that is not sealed as agreed")

// digestLayer seals packets as DIGEST-MD5's auth-conf does: what is carried and its
// signature, enciphered together, then a version and a number. The state of the
// cipher runs on from packet to packet.
type digestLayer struct {
	out, in  digestDirection
	maxPlain int
}

// digestDirection is one direction of the layer.
type digestDirection struct {
	signKey []byte
	seq     uint32
	cipher  *rc4.Cipher
}

// digestStrength is how many bits the keys of the ciphers have, as Cyrus SASL counts.
var digestStrength = map[string]int{"rc4": 128, "rc4-56": 56}

// side is which end of the connection the layer is for.
type side int

const (
	serverSide side = iota
	clientSide      // for tests
)

// newDigestLayer makes the layer of H(A1). maxBuf is how long a packet the other end
// takes.
func newDigestLayer(ha1 []byte, name string, maxBuf int, s side) (Layer, error) {
	keyBytes := len(ha1)
	switch name {
	case "rc4":
	case "rc4-56":
		keyBytes = 7
	default: // 3des among them: libvirtd offers it, and then says "couldn't init cipher '3des'"
		return nil, refuse("DIGEST-MD5: cipher %q", name)
	}
	direction := func(to string) digestDirection {
		sign := md5.Sum(append(slices.Clone(ha1), "Digest session key to "+to+" signing key magic constant"...))
		seal := md5.Sum(append(slices.Clone(ha1[:keyBytes]), "Digest H(A1) to "+to+" sealing key magic constant"...))
		stream, err := rc4.NewCipher(seal[:])
		if err != nil {
			panic("auth: an MD5 sum is no key for rc4: " + err.Error())
		}
		return digestDirection{signKey: sign[:], cipher: stream}
	}
	l := &digestLayer{maxPlain: max(1, maxBuf-digestOverhead)}
	if s == serverSide {
		l.in, l.out = direction("client-to-server"), direction("server-to-client")
	} else {
		l.out, l.in = direction("client-to-server"), direction("server-to-client")
	}
	return l, nil
}

// sign appends the signature of a packet.
func (d *digestDirection) sign(dst, plain []byte, seq uint32) []byte {
	mac := hmac.New(md5.New, d.signKey)
	mac.Write(binary.BigEndian.AppendUint32(nil, seq))
	mac.Write(plain)
	var sum [md5.Size]byte
	return append(dst, mac.Sum(sum[:0])[:macSize]...)
}

// MaxPlain implements Layer.
func (l *digestLayer) MaxPlain() int { return l.maxPlain }

// MaxPacket implements Layer.
func (l *digestLayer) MaxPacket() int { return digestMaxPacket }

// Wrap implements Layer.
func (l *digestLayer) Wrap(dst, plain []byte) []byte {
	d := &l.out
	start := len(dst)
	dst = append(dst, plain...)
	dst = d.sign(dst, plain, d.seq)
	d.cipher.XORKeyStream(dst[start:], dst[start:])
	dst = binary.BigEndian.AppendUint16(dst, 1)
	dst = binary.BigEndian.AppendUint32(dst, d.seq)
	d.seq++
	return dst
}

// Unwrap implements Layer.
func (l *digestLayer) Unwrap(packet []byte) ([]byte, error) {
	d := &l.in
	n := len(packet) - trailerSize
	if n < macSize ||
		binary.BigEndian.Uint16(packet[n:]) != 1 || binary.BigEndian.Uint32(packet[n+2:]) != d.seq {
		return nil, errSeal
	}
	sealed := packet[:n]
	d.cipher.XORKeyStream(sealed, sealed)
	plain, mac := sealed[:n-macSize], sealed[n-macSize:]
	if !hmac.Equal(mac, d.sign(nil, plain, d.seq)) {
		return nil, errSeal
	}
	d.seq++
	return plain, nil
}
