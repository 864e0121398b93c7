package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/fakelibvirt/fakelibvirtd/fakeserver/krb5"
)

// krb5Cmd is what there is for Kerberos without a KDC.
type krb5Cmd struct {
	Keytab krb5KeytabCmd `cmd:"" help:"Make up the keys of a node's service, and write them to a keytab."`
	Ticket krb5TicketCmd `cmd:"" help:"Forge a client's tickets with a keytab's keys, good or bad."`
}

// Help is what kong prints below the usage of krb5.
func (krb5Cmd) Help() string {
	return `A client logs in by Kerberos (SASL's GSSAPI) with a ticket for the service libvirt/HOST,
with the HOST of its URI; that of a unix socket is localhost. Whoever has the service's
keys can make such tickets, so that no KDC is needed:

  fakelibvirtd krb5 keytab --realm EXAMPLE.TEST node.keytab
  fakelibvirtd krb5 ticket --keytab node.keytab --client fred tickets > tickets.env

The node that has the keytab takes the tickets. In a scenario:

  name: node
  auth:
    tcp: sasl
    kerberos: {keytab: node.keytab}

  fakelibvirtd --scenario node.yaml
  . ./tickets.env
  virsh -c qemu+tcp://127.0.0.1:PORT/system list

The client needs SASL's module for Kerberos (Debian: libsasl2-modules-gssapi-mit), and no
krb5.conf but the one that is written. So do clients in containers: give them the
directory and the two variables, with a --host for the name by which they call the node.`
}

type krb5KeytabCmd struct {
	Realm    string   `help:"Name of the realm. Default: ${krb5_realm}." default:"${krb5_realm}" placeholder:"NAME"`
	Host     []string `help:"Host of a service libvirt/HOST. Default: localhost, 127.0.0.1." placeholder:"HOST"`
	EType    []string `help:"Type of encryption, for each service one key: ${krb5_etypes}. Default: aes256-cts-hmac-sha1-96." name:"etype" placeholder:"NAME"`
	KVNO     uint32   `help:"Version of the keys." name:"kvno" default:"1"`
	Filename string   `arg:"" name:"file" help:"The keytab. It must not be there yet."`
}

// Run makes up the keys.
func (c *krb5KeytabCmd) Run() error {
	config := krb5.Config{Name: c.Realm, Hosts: c.Host, Version: c.KVNO}
	for _, name := range c.EType {
		e, err := krb5.ParseEType(name)
		if err != nil {
			return fmt.Errorf("--etype: %w", err)
		}
		config.ETypes = append(config.ETypes, e)
	}
	realm, err := krb5.New(config)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(c.Filename); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s is there already: keys that somebody may need are not written over", c.Filename)
	}
	if err := realm.Keytab().WriteFile(c.Filename); err != nil {
		return err
	}
	for _, k := range realm.Keytab().Keys() {
		fmt.Printf("%s, version %d, %s\n", k.Principal, k.Version, k.EType)
	}
	return nil
}

type krb5TicketCmd struct {
	Keytab  string        `required:"" help:"The node's keytab." placeholder:"FILE"`
	Client  string        `required:"" help:"Whom the tickets are for: NAME, or NAME@REALM if the realm is not the keytab's." placeholder:"NAME"`
	Host    []string      `help:"Host as the client's URI names it. Default: all of the keytab's." placeholder:"HOST"`
	Service string        `help:"The service that the tickets are really for, such as libvirt/node1. Default: libvirt/HOST." placeholder:"NAME"`
	EType   string        `help:"Type of encryption: ${krb5_etypes}. Default: the first of the keytab's." name:"etype" placeholder:"NAME"`
	Life    time.Duration `help:"How long the tickets last." default:"10h"`
	Flaw    string        `help:"What is to be wrong with the tickets: one of the above." placeholder:"NAME"`
	Dir     string        `arg:"" name:"dir" help:"The directory for the files krb5cc and krb5.conf; it is made if need be."`
}

// Help is what kong prints below the usage of krb5 ticket.
func (*krb5TicketCmd) Help() string {
	var b strings.Builder
	b.WriteString(`It writes the tickets and a krb5.conf, and prints two lines for a shell: KRB5CCNAME and
KRB5_CONFIG, with which clients find them.

What can be wrong with a ticket (--flaw); "unseen" is what the client does not find out,
so that it is the node that refuses it:
`)
	for _, f := range krb5.Flaws() {
		unseen := ""
		if f.Unseen {
			unseen = " (unseen)"
		}
		fmt.Fprintf(&b, "\n  %-21s %s%s", f.Flaw, f.Wrong, unseen)
	}
	return b.String()
}

// Run forges the tickets.
func (c *krb5TicketCmd) Run() error {
	keytab, err := krb5.ReadKeytab(c.Keytab)
	if err != nil {
		return fmt.Errorf("--keytab: %w", err)
	}
	realm, err := krb5.Of(keytab, nil)
	if err != nil {
		return fmt.Errorf("--keytab: %w", err)
	}
	q := krb5.Request{Client: c.Client, Hosts: c.Host, Service: c.Service, Life: c.Life}
	if c.EType != "" {
		if q.EType, err = krb5.ParseEType(c.EType); err != nil {
			return fmt.Errorf("--etype: %w", err)
		}
	}
	if q.Flaw, err = krb5.ParseFlaw(c.Flaw); err != nil {
		return fmt.Errorf("--flaw: %w", err)
	}
	tickets, err := realm.Tickets(q)
	if err != nil {
		return err
	}
	const private = 0o700
	if err := os.MkdirAll(c.Dir, private); err != nil {
		return err
	}
	env, err := tickets.WriteClient(c.Dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s, until %s\n", tickets, tickets.Until.Local().Format(time.DateTime))
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		fmt.Printf("export %s=%s\n", name, shellQuote(value))
	}
	return nil
}

// krb5Vars are what the help of these commands names.
func krb5Vars() map[string]string {
	var etypes []string
	for _, e := range krb5.ETypes() {
		etypes = append(etypes, e.String())
	}
	return map[string]string{"krb5_realm": krb5.DefaultRealm, "krb5_etypes": strings.Join(etypes, ", ")}
}
