package auth

import (
	"crypto/cipher"
	"crypto/des"
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
	// block is the size that the cipher needs multiples of; 1 for rc4.
	block int
	crypt func(p []byte)
}

// digestStrength is how many bits the keys of the ciphers have, as Cyrus SASL counts.
var digestStrength = map[string]int{"rc4": 128, "3des": 112, "rc4-56": 56}

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
	case "rc4", "3des":
	case "rc4-56":
		keyBytes = 7
	default:
		return nil, refuse("DIGEST-MD5: cipher %q", name)
	}
	direction := func(to string, encrypt bool) digestDirection {
		sign := md5.Sum(append(slices.Clone(ha1), "Digest session key to "+to+" signing key magic constant"...))
		seal := md5.Sum(append(slices.Clone(ha1[:keyBytes]), "Digest H(A1) to "+to+" sealing key magic constant"...))
		d := digestDirection{signKey: sign[:]}
		d.block, d.crypt = newCipher(name, seal[:], encrypt)
		return d
	}
	l := &digestLayer{maxPlain: maxBuf - digestOverhead}
	if s == serverSide {
		l.in, l.out = direction("client-to-server", false), direction("server-to-client", true)
	} else {
		l.out, l.in = direction("client-to-server", true), direction("server-to-client", false)
	}
	return l, nil
}

// newCipher returns what changes the bytes of one direction in place.
func newCipher(name string, key []byte, encrypt bool) (block int, crypt func([]byte)) {
	if name != "3des" {
		stream, err := rc4.NewCipher(key)
		if err != nil {
			panic("auth: an MD5 sum is no key for rc4: " + err.Error())
		}
		return 1, func(p []byte) { stream.XORKeyStream(p, p) }
	}
	// Two keys, of which the first is used again as the third.
	k1, k2 := desKey(key[:7]), desKey(key[7:14])
	b, err := des.NewTripleDESCipher(slices.Concat(k1, k2, k1))
	if err != nil {
		panic("auth: 24 bytes are no key for 3des: " + err.Error())
	}
	mode := cipher.NewCBCDecrypter(b, key[8:])
	if encrypt {
		mode = cipher.NewCBCEncrypter(b, key[8:])
	}
	return des.BlockSize, func(p []byte) { mode.CryptBlocks(p, p) }
}

// desKey spreads 56 bits over 8 bytes, each with room for a parity bit, which DES
// does not look at.
func desKey(b []byte) []byte {
	bits := uint64(0)
	for _, x := range b[:7] {
		bits = bits<<8 | uint64(x)
	}
	key := make([]byte, 8)
	for i := range key {
		key[i] = byte(bits>>(49-7*i)) << 1
	}
	return key
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
	if d.block > 1 {
		pad := d.block - (len(plain)+macSize)%d.block
		for range pad {
			dst = append(dst, byte(pad))
		}
	}
	dst = d.sign(dst, plain, d.seq)
	d.crypt(dst[start:])
	dst = binary.BigEndian.AppendUint16(dst, 1)
	dst = binary.BigEndian.AppendUint32(dst, d.seq)
	d.seq++
	return dst
}

// Unwrap implements Layer.
func (l *digestLayer) Unwrap(packet []byte) ([]byte, error) {
	d := &l.in
	n := len(packet) - trailerSize
	if n < macSize || n%d.block != 0 ||
		binary.BigEndian.Uint16(packet[n:]) != 1 || binary.BigEndian.Uint32(packet[n+2:]) != d.seq {
		return nil, errSeal
	}
	sealed := packet[:n]
	d.crypt(sealed)
	plain, mac := sealed[:n-macSize], sealed[n-macSize:]
	if d.block > 1 {
		if len(plain) == 0 {
			return nil, errSeal
		}
		pad := int(plain[len(plain)-1])
		if pad < 1 || pad > d.block || pad > len(plain) {
			return nil, errSeal
		}
		plain = plain[:len(plain)-pad]
	}
	if !hmac.Equal(mac, d.sign(nil, plain, d.seq)) {
		return nil, errSeal
	}
	d.seq++
	return plain, nil
}
