package krb5

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Cache returns the tickets as the bytes of a credential cache, version 4.
func (t *Tickets) Cache() []byte {
	// The header has one field: that the client's clock is that of the KDC.
	out := []byte{5, 4, 0, 12, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0}
	out = cachePrincipal(out, t.Client)
	for _, e := range t.entries {
		out = e.appendTo(out, t.Client, e.service)
		if e.service.Realm != t.Client.Realm {
			// Without a hint in its krb5.conf, a client looks for the service in its own
			// realm, where a KDC would have referred it to this one.
			out = e.appendTo(out, t.Client, Principal{e.service.Name, t.Client.Realm})
		}
	}
	return out
}

// appendTo appends the ticket as a cache has it, under the name of a service.
func (e *cached) appendTo(out []byte, client, service Principal) []byte {
	out = cachePrincipal(out, client)
	out = cachePrincipal(out, service)
	out = binary.BigEndian.AppendUint16(out, uint16(e.session.KeyType))
	out = cacheData(out, e.session.KeyValue)
	for _, at := range []time.Time{e.start, e.start, e.end} {
		out = binary.BigEndian.AppendUint32(out, uint32(at.Unix()))
	}
	out = binary.BigEndian.AppendUint32(out, 0) // it cannot be renewed
	out = append(out, 0)                        // nor is it for user-to-user
	out = append(out, ticketFlags().Bytes...)
	out = binary.BigEndian.AppendUint32(out, 0) // addresses
	out = binary.BigEndian.AppendUint32(out, 0) // authorization data
	out = cacheData(out, e.ticket)
	out = cacheData(out, nil) // the second ticket
	return out
}

func cacheData(out, data []byte) []byte {
	return append(binary.BigEndian.AppendUint32(out, uint32(len(data))), data...)
}

func cachePrincipal(out []byte, p Principal) []byte {
	name := p.wire()
	out = binary.BigEndian.AppendUint32(out, uint32(name.NameType))
	out = binary.BigEndian.AppendUint32(out, uint32(len(name.NameString)))
	out = cacheData(out, []byte(p.Realm))
	for _, part := range name.NameString {
		out = cacheData(out, []byte(part))
	}
	return out
}

// Conf returns a krb5.conf for a realm: names of hosts are taken as they stand, and no
// network is asked for anything but kdcs, the addresses (HOST:PORT) of those that are
// asked for tickets, over tcp; without any, a client has what its cache has.
func Conf(realm string, kdcs ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[libdefaults]\n\tdefault_realm = %s\n", realm)
	b.WriteString("\tdns_lookup_realm = false\n\tdns_lookup_kdc = false\n" +
		"\tdns_canonicalize_hostname = false\n\tqualify_shortname = \"\"\n\trdns = false\n")
	if len(kdcs) > 0 {
		b.WriteString("\tudp_preference_limit = 1\n") // they are asked over tcp
	}
	fmt.Fprintf(&b, "[realms]\n\t%s = {\n", realm)
	for _, kdc := range kdcs {
		fmt.Fprintf(&b, "\t\tkdc = %s\n", kdc)
	}
	b.WriteString("\t}\n")
	return b.String()
}

// The files that WriteClient writes.
const (
	cacheFile = "krb5cc"
	confFile  = "krb5.conf"
)

// WriteClient writes the tickets and a krb5.conf to a directory, as krb5cc and
// krb5.conf, and returns the two variables (NAME=VALUE) that have programs use them.
func (t *Tickets) WriteClient(dir string) (env []string, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("tickets: %w", err)
	}
	cache, conf := filepath.Join(dir, cacheFile), filepath.Join(dir, confFile)
	if err := writePrivate(cache, t.Cache()); err != nil {
		return nil, fmt.Errorf("tickets: %w", err)
	}
	const public = 0o644
	if err := os.WriteFile(conf, []byte(Conf(t.Realm)), public); err != nil {
		return nil, fmt.Errorf("tickets: %w", err)
	}
	return []string{"KRB5CCNAME=FILE:" + cache, "KRB5_CONFIG=" + conf}, nil
}
