package certs

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"
)

// The texts are what gnutls_x509_crt_get_dn of GnuTLS 3.7.9 returned for
// certificates with these subjects.
func TestDN(t *testing.T) {
	attribute := func(value any, oid ...int) pkix.AttributeTypeAndValue {
		return pkix.AttributeTypeAndValue{Type: oid, Value: value}
	}
	ia5 := func(s string) asn1.RawValue { return asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte(s)} }
	for _, c := range []struct {
		name    string
		subject pkix.Name
		want    string
	}{
		{"in the order of the certificate", pkix.Name{Organization: []string{"wire"}, CommonName: "client1"}, "O=wire,CN=client1"},
		{"special characters and several values",
			pkix.Name{Country: []string{"DE"}, Organization: []string{"a,b+c"}, OrganizationalUnit: []string{"x", "y"}, CommonName: `#lead "q" <z>;\ é =`},
			`C=DE,O=a\,b\+c,OU=x+OU=y,CN=\#lead \"q\" \<z\>\;\\ é =`},
		{"blanks at the edges", pkix.Name{CommonName: " sp "}, `CN=\ sp\ `},
		{"names of the standard",
			pkix.Name{CommonName: "c", SerialNumber: "77", Locality: []string{"L"}, Province: []string{"P"}, StreetAddress: []string{"S"}, PostalCode: []string{"1"}},
			"ST=P,L=L,street=S,postalCode=1,CN=c,serialNumber=77"},
		{"rarer names", pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{
			attribute("uid1", 0, 9, 2342, 19200300, 100, 1, 1),
			attribute("title", 2, 5, 4, 12), attribute("sur", 2, 5, 4, 4),
			attribute("given", 2, 5, 4, 42), attribute("desc", 2, 5, 4, 13),
		}}, "UID=uid1,title=title,surName=sur,givenName=given,description=desc"},
		{"unknown or of another type", pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{
			attribute("org", 0, 9, 2342, 19200300, 100, 1, 25),
			attribute("e@x", 1, 2, 840, 113549, 1, 9, 1), attribute("odd", 1, 2, 3, 4),
		}}, "DC=#13036f7267,EMAIL=#0c03654078,1.2.3.4=#13036f6464"},
		{"IA5 strings", pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{
			attribute(ia5("org"), 0, 9, 2342, 19200300, 100, 1, 25),
			attribute(ia5("e@x"), 1, 2, 840, 113549, 1, 9, 1),
		}}, "DC=org,EMAIL=e@x"},
		{"empty", pkix.Name{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			der, err := asn1.Marshal(c.subject.ToRDNSequence())
			if err != nil {
				t.Fatal(err)
			}
			if got := DN(&x509.Certificate{RawSubject: der}); got != c.want {
				t.Errorf("DN is %s\nwant     %s", got, c.want)
			}
		})
	}
	if got := DN(&x509.Certificate{RawSubject: []byte("rubbish")}); got != "" {
		t.Errorf("DN of rubbish is %q, want nothing", got)
	}
}
