package certs

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"strings"
)

// DN returns the subject of a certificate as libvirtd sees it: what
// tls_allowed_dn_list is matched against and what virt-pki-query-dn prints, such as
// `O=fakelibvirtd,CN=client`.
//
// That is GnuTLS's gnutls_x509_crt_get_dn: the names in the order of the
// certificate, where Go's pkix.Name.String prints them in reverse, as RFC 4514 has
// it.
func DN(cert *x509.Certificate) string {
	type attribute struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	type relativeNameSET []attribute // the suffix makes encoding/asn1 read a SET
	var names []relativeNameSET
	if _, err := asn1.Unmarshal(cert.RawSubject, &names); err != nil {
		return ""
	}
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		for j, a := range name {
			if j > 0 {
				b.WriteByte('+')
			}
			known := attributeOf(a.Type.String())
			b.WriteString(known.name)
			b.WriteByte('=')
			if known.accepts(a.Value.Tag) {
				escapeDN(&b, string(a.Value.Bytes))
			} else {
				b.WriteByte('#')
				b.WriteString(hex.EncodeToString(a.Value.FullBytes))
			}
		}
	}
	return b.String()
}

// dnAttribute is the GnuTLS name of a kind of attribute, and whether its value is
// defined as a directory string or as an IA5 string. GnuTLS writes a value of any
// other kind in hexadecimal.
type dnAttribute struct {
	name           string
	directory, ia5 bool
}

func (a dnAttribute) accepts(tag int) bool {
	switch tag {
	case asn1.TagUTF8String, asn1.TagPrintableString:
		return a.directory
	case asn1.TagIA5String:
		return a.ia5
	}
	return false
}

func attributeOf(oid string) dnAttribute {
	switch oid {
	case "2.5.4.3":
		return dnAttribute{name: "CN", directory: true}
	case "2.5.4.4":
		return dnAttribute{name: "surName", directory: true}
	case "2.5.4.5":
		return dnAttribute{name: "serialNumber", directory: true}
	case "2.5.4.6":
		return dnAttribute{name: "C", directory: true}
	case "2.5.4.7":
		return dnAttribute{name: "L", directory: true}
	case "2.5.4.8":
		return dnAttribute{name: "ST", directory: true}
	case "2.5.4.9":
		return dnAttribute{name: "street", directory: true}
	case "2.5.4.10":
		return dnAttribute{name: "O", directory: true}
	case "2.5.4.11":
		return dnAttribute{name: "OU", directory: true}
	case "2.5.4.12":
		return dnAttribute{name: "title", directory: true}
	case "2.5.4.13":
		return dnAttribute{name: "description", directory: true}
	case "2.5.4.17":
		return dnAttribute{name: "postalCode", directory: true}
	case "2.5.4.42":
		return dnAttribute{name: "givenName", directory: true}
	case "0.9.2342.19200300.100.1.1":
		return dnAttribute{name: "UID", directory: true}
	case "0.9.2342.19200300.100.1.25":
		return dnAttribute{name: "DC", ia5: true}
	case "1.2.840.113549.1.9.1":
		return dnAttribute{name: "EMAIL", ia5: true}
	}
	return dnAttribute{name: oid}
}

// escapeDN writes a value with the escapes of RFC 4514.
func escapeDN(b *strings.Builder, value string) {
	for i := range len(value) {
		c := value[i]
		edge := i == 0 || i == len(value)-1
		if strings.IndexByte(`,+"\<>;`, c) >= 0 || c == ' ' && edge || c == '#' && i == 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
}
