package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"text/tabwriter"

	"github.com/fakelibvirt/fakelibvirtd/certs"
)

// certsCmd is what there is to do with the catalogue of bad certificates, for tests in
// other languages than Go.
type certsCmd struct {
	List certsListCmd `cmd:"" help:"List the catalogue."`
	Show certsShowCmd `cmd:"" help:"Say what is wrong with a certificate, who notices, and what clients print then."`
	Make certsMakeCmd `cmd:"" help:"Make a CA with certificates of a server and a client, some of them bad ones."`
}

// Help is what kong prints below the usage of certs.
func (certsCmd) Help() string {
	return `A node has the certificates of the catalogue in the place of good ones by

  fakelibvirtd --certificates server-expired

Whatever else speaks TLS reads files:

  fakelibvirtd certs make pki --variant client-expired
  fakelibvirtd --pki pki --unchecked-pki
  virsh -c 'qemu+tls://localhost:PORT/system?pkipath=pki'`
}

type certsListCmd struct {
	JSON bool `name:"json" help:"Print a JSON array, with all that 'certs show' says."`
}

// Run prints a line for each entry.
func (c *certsListCmd) Run() error {
	if c.JSON {
		var all []certsEntry
		for _, e := range certs.Catalogue() {
			all = append(all, newCertsEntry(e))
		}
		return printJSON(all)
	}
	tw := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "NAME\tWHAT IS WRONG\tNOTICED BY")
	for _, e := range certs.Catalogue() {
		fmt.Fprintf(tw, "%s\tit %s\t%s\n", e.Variant, e.Wrong, e.Noticed)
	}
	return tw.Flush()
}

func printJSON(v any) error {
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// certsEntry is an entry of the catalogue in JSON. An outcome is a part of what is
// printed, "" if the client connects.
type certsEntry struct {
	Name           string `json:"name"`
	Side           string `json:"side"` // whose it is: server, client or CA
	Wrong          string `json:"wrong"`
	Noticed        string `json:"noticed_by"`
	Host           string `json:"host"` // that the URI must name
	Virsh          string `json:"virsh"`
	Warning        string `json:"virsh_warning"`
	VirshUnchecked string `json:"virsh_no_sanity"`
	GoLibvirt      string `json:"go_libvirt"`
	Libvirtd       string `json:"libvirtd"` // why it refuses, in its log
}

func newCertsEntry(e certs.Entry) certsEntry {
	return certsEntry{
		Name: string(e.Variant), Side: string(e.Side), Wrong: e.Wrong, Noticed: e.Noticed, Host: e.Host,
		Virsh: e.Virsh, Warning: e.Warning, VirshUnchecked: e.VirshUnchecked, GoLibvirt: e.GoLibvirt, Libvirtd: e.Libvirtd,
	}
}

type certsShowCmd struct {
	Name string `arg:"" help:"One of those that 'certs list' lists."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run prints all that there is to know about an entry.
func (c *certsShowCmd) Run() error {
	e, err := lookupCertificate(c.Name)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(newCertsEntry(e))
	}
	const connects = "connects"
	fmt.Printf("%s: the certificate of the %s %s.\n", e.Variant, e.Side, e.Wrong)
	tw := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, line := range []struct{ what, text string }{
		{"Noticed by", e.Noticed},
		{"URI with the host", e.Host},
		{"virsh", cmp.Or(e.Virsh, connects)},
		{"virsh warns", e.Warning},
		{"virsh with no_sanity=1", cmp.Or(e.VirshUnchecked, connects)},
		{"go-libvirt", cmp.Or(e.GoLibvirt, connects)},
		{"libvirtd's log", e.Libvirtd},
	} {
		if line.text != "" {
			fmt.Fprintf(tw, "%s:\t%s\n", line.what, line.text)
		}
	}
	return tw.Flush()
}

func lookupCertificate(name string) (certs.Entry, error) {
	e, err := certs.Lookup(certs.Variant(name))
	if err != nil {
		return e, fmt.Errorf("there is no certificate %q in the catalogue: see 'fakelibvirtd certs list'", name)
	}
	return e, nil
}

type certsMakeCmd struct {
	Dir     string   `arg:"" help:"Where to put them: a directory that is empty, or not there."`
	Variant []string `placeholder:"NAME" help:"Which to take in the place of good ones, by the names of 'certs list'. May be repeated."`
	From    string   `placeholder:"DIR" help:"Make them with the CA that is in DIR, such as that of 'serve --pki DIR', and take the good ones from there."`
	Name    []string `placeholder:"NAME" help:"A further host name or address for the server's certificate. May be repeated."`
	System  bool     `help:"Lay them out as in /etc/pki, where libvirtd and root's clients look."`
}

// Run writes the files.
func (c *certsMakeCmd) Run() error {
	var variants []certs.Variant
	for _, name := range c.Variant {
		e, err := lookupCertificate(name)
		if err != nil {
			return fmt.Errorf("--variant: %w", err)
		}
		variants = append(variants, e.Variant)
	}
	there, err := os.ReadDir(c.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(there) > 0 {
		return fmt.Errorf("%s is not empty: it has %s", c.Dir, there[0].Name())
	}
	good, err := c.good()
	if err != nil {
		return err
	}
	pki, err := good.With(variants...)
	if err != nil {
		return err
	}
	if c.System {
		return pki.WriteSystem(c.Dir)
	}
	return errors.Join(pki.WriteServer(c.Dir), pki.WritePKIPath(c.Dir))
}

// good returns the certificates that others take the place of.
func (c *certsMakeCmd) good() (*certs.PKI, error) {
	if c.From == "" {
		return certs.New(certs.Names(c.Name...))
	}
	if c.Name != nil {
		return nil, errors.New("--name is for new certificates: with --from, those there have the names")
	}
	pki, err := certs.Load(c.From)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	return pki, nil
}
