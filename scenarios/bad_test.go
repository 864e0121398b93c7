package scenarios

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// badFiles are scenarios with something wrong, and all that is said of each. The
// texts are part of what users see: they are compared to the letter.
var badFiles = []struct {
	name, text string
	want       string
	// schema is true if an editor with the JSON Schema sees the problem too.
	schema bool
}{
	{
		name: "empty file",
		text: "",
		want: "f.yaml:1:1: the file is empty: want at least a name, such as `name: lab`",
	},
	{
		name: "nothing but a comment",
		text: "# soon\n",
		want: "f.yaml:1:1: the file is empty: want at least a name, such as `name: lab`",
	},
	{
		name: "no YAML",
		text: "name: lab\n\tdrivers: [\n",
		want: `f.yaml:2:1: this is no YAML: found a tab that cannot start any token`,
	},
	{
		name: "an open bracket",
		text: "name: lab\ndrivers: [qemu\n",
		want: `f.yaml:2:10: this is no YAML: sequence end token ']' not found`,
	},
	{
		name: "bytes of something else",
		text: "\x7fELF\x02\x01\x00\x00",
		want: `f.yaml:1:1: this is no YAML: it has a zero byte`,
	},
	{
		name: "a word",
		text: "lab\n",
		want: "f.yaml:1:1: this is no scenario: want keys and values, such as `name: lab`, not the text \"lab\"",
	},
	{
		name: "a list",
		text: "- name: lab\n",
		want: "f.yaml:1:1: this is no scenario: want keys and values, such as `name: lab`, not a list",
	},
	{
		name: "two documents",
		text: "name: a\n---\nname: b\n",
		want: `f.yaml:3:5: a second document begins here: a file is one scenario, with a list of nodes if there are several`,
	},
	{
		name:   "no name",
		text:   "summary: nobody\n",
		want:   "f.yaml:1:1: the scenario has no name: want a key such as `name: lab`",
		schema: true,
	},
	{
		name:   "a typo at the top",
		text:   "name: lab\nhostnme: node1\n",
		want:   `f.yaml:2:1: unknown key "hostnme": did you mean "hostname"?`,
		schema: true,
	},
	{
		name:   "a key of nobody",
		text:   "name: lab\nobjects:\n  qemu:\n    colour: red\n",
		want:   `f.yaml:4:5: unknown key "colour": want one of preset, domains, networks, pools, interfaces, node_devices, last_domain_id, network_devices, verbatim`,
		schema: true,
	},
	{
		name:   "a typo below",
		text:   "name: lab\nobjects:\n  qemu:\n    domains:\n      - name: web\n        memroy: 2GiB\n",
		want:   `f.yaml:6:9: unknown key "memroy": did you mean "memory"?`,
		schema: true,
	},
	{
		name:   "a typo in a fault",
		text:   "name: lab\nfaults:\n  - on: DomainCreate\n    fial: {code: 1}\n",
		want:   `f.yaml:4:5: unknown key "fial": did you mean "fail"?`,
		schema: true,
	},
	{
		name:   "a typo in an action",
		text:   "name: lab\nfaults:\n  - on: DomainCreate\n    fail: {cod: VIR_ERR_NO_DOMAIN}\n",
		want:   `f.yaml:4:12: unknown key "cod": did you mean "code"?`,
		schema: true,
	},
	{
		name: "two typos",
		text: "name: lab\nsed: 1\nlimits: {max_client: 3}\n",
		want: `f.yaml:2:1: unknown key "sed": did you mean "seed"?` + "\n" +
			`f.yaml:3:10: unknown key "max_client": did you mean "max_clients"?`,
		schema: true,
	},
	{
		name: "a key twice",
		text: "name: lab\nseed: 1\nseed: 2\n",
		want: `f.yaml:3:1: key "seed" for the second time: it is at line 2 already`,
	},
	{
		name: "a key twice below",
		text: "name: lab\nlimits:\n  max_clients: 1\n  max_clients: 2\n",
		want: `f.yaml:4:3: key "max_clients" for the second time: it is at line 3 already`,
	},
	{
		name:   "text for a number",
		text:   "name: lab\nseed: many\n",
		want:   `f.yaml:2:7: seed: want a whole number, 0 or more, not the text "many"`,
		schema: true,
	},
	{
		name:   "number for a text",
		text:   "name: 7\n",
		want:   `f.yaml:1:7: name: want a text in quotes, "7", not the number 7`,
		schema: true,
	},
	{
		name:   "truth for a text",
		text:   "name: lab\nhostname: true\n",
		want:   `f.yaml:2:11: hostname: want a text in quotes, "true", not true`,
		schema: true,
	},
	{
		name:   "a list for a text",
		text:   "name: lab\nhostname: [a, b]\n",
		want:   `f.yaml:2:11: hostname: want a text, not a list`,
		schema: true,
	},
	{
		name:   "a text for a mapping",
		text:   "name: lab\nlimits: none\n",
		want:   `f.yaml:2:9: limits: want a mapping with keys of max_clients, max_client_requests, keepalive_interval, keepalive_count, not the text "none"`,
		schema: true,
	},
	{
		name:   "a mapping for a list",
		text:   "name: lab\nfaults: {on: DomainCreate, hang: }\n",
		want:   `f.yaml:2:9: faults: want a list, not a mapping`,
		schema: true,
	},
	{
		name:   "a negative seed",
		text:   "name: lab\nseed: -1\n",
		want:   `f.yaml:2:7: seed: want a whole number, 0 or more, not the number -1`,
		schema: true,
	},
	{
		name:   "a fraction",
		text:   "name: lab\nlimits: {max_clients: 1.5}\n",
		want:   `f.yaml:2:23: max_clients: want a whole number, not the number 1.5`,
		schema: true,
	},
	{
		name:   "a boolean that is none",
		text:   "name: lab\nobjects: {qemu: {domains: [{name: a, autostart: yes}]}}\n",
		want:   `f.yaml:2:49: autostart: want true or false, not the text "yes"`,
		schema: true,
	},
	{
		name:   "a duration without a unit",
		text:   "name: lab\ntimeline:\n  - {at: 5, crash: {domain: a}}\n",
		want:   `f.yaml:3:10: at: "5" is no duration: want a number with a unit, such as 200ms, 5s or 1m`,
		schema: true,
	},
	{
		name:   "a version",
		text:   "name: lab\nlibvirt_version: nine\n",
		want:   `f.yaml:2:18: libvirt_version: libvirt version "nine" is not of the form 9.0.0`,
		schema: true,
	},
	{
		name:   "a clock",
		text:   "name: lab\nclock: sundial\n",
		want:   `f.yaml:2:8: clock: want real or {manual: TIME}, not the text "sundial"`,
		schema: true,
	},
	{
		name: "a clock's time",
		text: "name: lab\nclock: {manual: noon}\n",
		want: `f.yaml:2:17: manual: want a time such as 2026-01-01T00:00:00Z, not the text "noon"`,
	},
	{
		name:   "a transport",
		text:   "name: lab\ntransports: [tcp, tsl]\n",
		want:   `f.yaml:2:19: unknown transport "tsl": did you mean "tls"?`,
		schema: true,
	},
	{
		name:   "a transport with an address",
		text:   "name: lab\ntransports: {tcp: 127.0.0.1:0, smtp: free}\n",
		want:   `f.yaml:2:32: unknown transport "smtp": want one of tcp, tls, unix, ssh`,
		schema: true,
	},
	{
		name:   "an address",
		text:   "name: lab\ntransports: {tcp: 16509}\n",
		want:   `f.yaml:2:19: tcp: want an address, or free, not the number 16509`,
		schema: true,
	},
	{
		name: "an authentication to come",
		text: "name: lab\nauth: {tcp: sasl}\n",
		want: `f.yaml:2:13: tcp: sasl is not there yet: want none`,
	},
	{
		name: "an authentication",
		text: "name: lab\nauth: {ssh: magic}\n",
		want: `f.yaml:2:13: ssh: want publickey, not "magic"`,
	},
	{
		name: "a limit",
		text: "name: lab\nlimits: {max_client_requests: 0, keepalive_interval: -5s}\n",
		want: `f.yaml:2:31: max_client_requests: want 1 or more, not 0` + "\n" +
			`f.yaml:2:54: keepalive_interval: want 0s or more, not -5s`,
		schema: true,
	},
	{
		name:   "a host",
		text:   "name: lab\nhost: mainframe\n",
		want:   `f.yaml:2:7: host: want one of default, not "mainframe"`,
		schema: true,
	},
	{
		name: "a driver",
		text: "name: lab\ndrivers: [qmu]\n",
		want: `f.yaml:2:10: unknown driver "qmu": did you mean "qemu"?`,
	},
	{
		name: "a driver twice",
		text: "name: lab\ndrivers: [qemu, qemu]\n",
		want: `f.yaml:2:10: driver qemu for the second time`,
	},
	{
		name: "no driver",
		text: "name: lab\ndrivers: []\n",
		want: `f.yaml:2:10: drivers: want at least one of qemu, test, xen, lxc, openvz, bhyve, vbox, vz, ch`,
	},
	{
		name: "a short form for another hypervisor",
		text: "name: lab\ndrivers: [xen]\nobjects:\n  xen:\n    domains:\n      - {name: a}\n",
		want: `f.yaml:6:9: a domain of driver xen has no short form: want xml or file`,
	},
	{
		name: "objects of another driver",
		text: "name: lab\ndrivers: [test]\nobjects:\n  qemu: {preset: empty}\n",
		want: `f.yaml:4:3: qemu: the node has no such driver: it has test`,
	},
	{
		name:   "a preset",
		text:   "name: lab\nobjects:\n  qemu: {preset: full}\n",
		want:   `f.yaml:3:18: preset: want one of default, host, empty, not "full"`,
		schema: true,
	},
	{
		name: "a domain of nothing",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - state: running\n",
		want: `f.yaml:5:9: this domain is nothing yet: want xml, file or name`,
	},
	{
		name:   "a domain's state",
		text:   "name: lab\nobjects:\n  qemu:\n    domains:\n      - {name: a, state: asleep}\n",
		want:   `f.yaml:5:26: state: want one of shutoff, running, paused, not "asleep"`,
		schema: true,
	},
	{
		name:   "a domain's memory",
		text:   "name: lab\nobjects:\n  qemu:\n    domains:\n      - {name: a, memory: 2 gigs}\n",
		want:   `f.yaml:5:27: memory: want a number of MiB, or one with a unit, such as 512MiB or 2GiB, not "2 gigs"`,
		schema: true,
	},
	{
		name: "a domain's CPUs",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - {name: a, vcpus: 0}\n",
		want: `f.yaml:5:26: vcpus: want 1 or more, not 0`,
	},
	{
		name: "a domain's type",
		text: "name: lab\nobjects:\n  test:\n    domains:\n      - {name: a, type: kvm}\n",
		want: `f.yaml:5:25: type: want test for driver test, not "kvm"`,
	},
	{
		name: "a domain's UUID",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - {name: a, uuid: one}\n",
		want: `f.yaml:5:16: the driver refuses this: internal error: malformed uuid element`,
	},
	{
		name: "a number without others after it",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - {name: 'a{n}', count: 2, first: 9223372036854775807}\n",
		want: `f.yaml:5:41: first: want 0 to 2147383648, not 9223372036854775807`,
	},
	{
		name: "a domain's bus",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - name: a\n        disks: [{path: /x, bus: omni}]\n",
		want: `f.yaml:6:33: bus: want one of virtio, sata, scsi, ide, usb, fdc, not "omni"`,
	},
	{
		name: "xml and file",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - xml: <domain/>\n        file: a.xml\n",
		want: `f.yaml:6:9: file stands beside xml: want one of them`,
	},
	{
		name: "xml and short form",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - xml: <domain/>\n        memory: 1GiB\n",
		want: `f.yaml:6:9: memory stands beside xml: it is part of the document`,
	},
	{
		name: "xml that the driver refuses",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - name: good\n      - xml: <domain type='kvm'><name>bad</name></domain>\n",
		want: `f.yaml:6:14: the driver refuses this: XML error: an os <type> must be specified`,
	},
	{
		name: "xml with its line",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - xml: |\n          <domain type='kvm'>\n            <name>bad</nam>\n          </domain>\n",
		want: `f.yaml:7:1: the driver refuses this: (domain_definition):2: Opening and ending tag mismatch: name line 2 and nam`,
	},
	{
		name: "a network that the driver refuses",
		text: "name: lab\nobjects:\n  qemu:\n    networks:\n      - xml: <network><name>n</name><forward mode='tunnel'/></network>\n",
		want: `f.yaml:5:14: the driver refuses this: unsupported configuration: unknown forwarding type 'tunnel'`,
	},
	{
		name: "a network's address",
		text: "name: lab\nobjects:\n  qemu:\n    networks:\n      - {name: n, address: 192.168.1.1}\n",
		want: `f.yaml:5:28: address: want an address and the length of its prefix, such as 192.168.100.1/24, not "192.168.1.1"`,
	},
	{
		name: "no such file",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - file: nowhere.xml\n",
		want: `f.yaml:5:15: file: there is no testdata/nowhere.xml`,
	},
	{
		name: "a domain twice",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - name: web\n      - name: web\n",
		want: `f.yaml:6:9: the domain at line 5 is called "web" too`,
	},
	{
		name: "a domain twice, once by xml",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - name: web\n      - xml: <domain type='kvm'><name>web</name><memory>65536</memory><os><type>hvm</type></os></domain>\n",
		want: `f.yaml:6:9: the domain at line 5 is called "web" too`,
	},
	{
		name: "a UUID twice",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - {name: a, uuid: 6695eb01-f6a4-8304-79aa-97f2502e193f}\n      - {name: b, uuid: 6695eb01-f6a4-8304-79aa-97f2502e193f}\n",
		want: `f.yaml:6:9: the driver refuses this: a (6695eb01-f6a4-8304-79aa-97f2502e193f) is in the way of b (6695eb01-f6a4-8304-79aa-97f2502e193f)`,
	},
	{
		name: "many of one name",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - {name: web, count: 3}\n",
		want: `f.yaml:5:16: count: all of them would be called "web": put {n} into the name`,
	},
	{
		name: "a pattern without count",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - name: web-{n}\n",
		want: `f.yaml:5:15: name: "web-{n}" is a pattern, but there is no count`,
	},
	{
		name: "a pattern",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - {name: \"web-{m}\", count: 3}\n",
		want: `f.yaml:5:16: "{m}" is no pattern: want {n}, or {n:04} for four digits; a brace is {{`,
	},
	{
		name: "a pattern's width",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - {name: \"web-{n:4}\", count: 3}\n",
		want: `f.yaml:5:16: "{n:4}" is no pattern: want {n}, or {n:04} for four digits; a brace is {{`,
	},
	{
		name: "too many",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - {name: \"web-{n}\", count: 100001}\n",
		want: `f.yaml:5:34: count: want 1 to 100000, not 100001`,
	},
	{
		name: "none",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - {name: \"web-{n}\", count: 0}\n",
		want: `f.yaml:5:34: count: want 1 to 100000, not 0`,
	},
	{
		name: "a procedure",
		text: "name: lab\nfaults:\n  - on: DomainCraete\n    hang:\n",
		want: `f.yaml:3:9: on: there is no procedure "DomainCraete", did you mean DomainCreate?`,
	},
	{
		name: "a rule without an action",
		text: "name: lab\nfaults:\n  - on: DomainCreate\n",
		want: `f.yaml:3:5: there is no action: want one, such as fail, delay or cut; one without keys of its own is written as hang: {}`,
	},
	{
		name: "a rule with two",
		text: "name: lab\nfaults:\n  - on: DomainCreate\n    hang:\n    drop_reply:\n",
		want: `f.yaml:5:5: drop_reply: there is an action already, hang: a rule has one`,
	},
	{
		name: "an error code",
		text: "name: lab\nfaults:\n  - on: DomainCreate\n    fail: {code: VIR_ERR_NO_DOMAN}\n",
		want: `f.yaml:4:18: code: there is no error code "VIR_ERR_NO_DOMAN", did you mean VIR_ERR_NO_DOMAIN?`,
	},
	{
		name: "a rule that cannot fire",
		text: "name: lab\nfaults:\n  - on: DomainCreate\n    transport: tls\n    read_only: true\n    hang:\n",
		want: `f.yaml:5:16: read_only: only unix and ssh lead to a read-only socket, and the rule is about tls`,
	},
	{
		name: "a rule for a transport that is not there",
		text: "name: lab\ntransports: [tcp]\nfaults:\n  - on: DomainCreate\n    transport: tls\n    hang:\n",
		want: `f.yaml:5:16: transport: the node does not listen on tls, so that this can never fire`,
	},
	{
		name: "a rule for calls to come",
		text: "name: lab\nlibvirt_version: 7.0.0\nfaults:\n  - on: virDomainSetLaunchSecurityState\n    hang:\n",
		want: `f.yaml:4:9: on: virDomainSetLaunchSecurityState came with libvirt 8.0.0 and the node speaks as 7.0.0, so that this can never fire`,
	},
	{
		name: "a rule for a driver that is not there",
		text: "name: lab\ndrivers: [test]\ntimeline:\n  - at: 1s\n    crash: {driver: qemu, domain: a}\n",
		want: `f.yaml:4:5: driver: the node has no driver "qemu", so that this can never fire: it has test`,
	},
	{
		name: "a moment without a time",
		text: "name: lab\ntimeline:\n  - crash: {domain: a}\n",
		want: `f.yaml:3:5: want at or after, to say when this happens`,
	},
	{
		name: "after with on",
		text: "name: lab\ntimeline:\n  - after: {on: ConnectListAllDomains}\n    on: DomainCreate\n    crash: {domain: a}\n",
		want: `f.yaml:4:5: on stands beside after, which says the same`,
	},
	{
		name: "after nothing",
		text: "name: lab\ntimeline:\n  - after: {count: 3}\n    crash: {domain: a}\n",
		want: `f.yaml:3:12: after: want on, the procedures whose calls count`,
	},
	{
		name: "after calls of nobody",
		text: "name: lab\ntimeline:\n  - after: {on: ConnectListDomans}\n    crash: {domain: a}\n",
		want: `f.yaml:3:17: after.on: there is no procedure "ConnectListDomans", did you mean ConnectListDomains?`,
	},
	{
		name: "a domain in no network",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - {name: a, state: running, networks: [nowhere]}\n",
		want: `f.yaml:5:16: the driver refuses this: Network not found: no network with matching name 'nowhere'`,
	},
	{
		name: "an object that appears",
		text: "name: lab\ntimeline:\n  - at: 5s\n    appear: {network: <network/>}\n",
		want: `f.yaml:4:23: network: the driver refuses this: missing name information`,
	},
	{
		name: "two nodes of one name",
		text: "name: pair\nnodes:\n  - {name: a}\n  - {name: a}\n",
		want: `f.yaml:4:12: name: the node at line 3 has the same name, or one that makes the same variables, A`,
	},
	{
		name: "two nodes of one address",
		text: "name: pair\nnodes:\n  - {name: a, transports: {tcp: \"127.0.0.1:16509\"}}\n  - {name: b, transports: {tcp: \"127.0.0.1:16509\"}}\n",
		want: `f.yaml:4:27: transports: node a listens on 127.0.0.1:16509 already`,
	},
	{
		name:   "a node without a name",
		text:   "name: pair\nnodes:\n  - {seed: 1}\n",
		want:   `f.yaml:3:5: nodes[0] has no name`,
		schema: true,
	},
	{
		name: "a node's name",
		text: "name: pair\nnodes:\n  - {name: \"a b\"}\n",
		want: `f.yaml:3:12: name: want letters, digits, dots, dashes and underscores, not "a b"`,
	},
	{
		name: "nodes and keys",
		text: "name: pair\nseed: 7\nnodes:\n  - {name: a}\n",
		want: `f.yaml:2:1: seed stands beside nodes: give it to each node that it is meant for`,
	},
	{
		name: "a scenario's name",
		text: "name: my lab\nsummary: |\n  a\n  b\n",
		want: `f.yaml:1:7: name: want letters, digits, dots, dashes and underscores, not "my lab"` + "\n" +
			`f.yaml:2:10: summary: want one line`,
	},
	{
		name: "no nodes",
		text: "name: pair\nnodes: []\n",
		want: `f.yaml:2:8: nodes: want at least one, or the keys of the only node at the top`,
	},
	{
		name: "an alias of nobody",
		text: "name: lab\nlimits: *none\n",
		want: `f.yaml:2:9: alias *none: no &none has ended before it`,
	},
	{
		name: "an alias of itself",
		text: "name: lab\nx-a: &a [*a]\n",
		want: `f.yaml:2:10: alias *a: no &a has ended before it`,
	},
	{
		name: "a tag",
		text: "name: !secret lab\n",
		want: `f.yaml:1:7: tag !secret: no tag but !!str means anything here`,
	},
	{
		name: "a merge of a word",
		text: "name: lab\nlimits:\n  <<: word\n",
		want: `f.yaml:3:7: << merges mappings: this is the text "word"`,
	},
	{
		name:   "default ports of a word",
		text:   "name: lab\ndefault_ports: often\n",
		want:   `f.yaml:2:16: default_ports: want true, false or strict, not the text "often"`,
		schema: true,
	},
	{
		name:   "an unknown daemon",
		text:   "name: lab\nmodular: [virtqemd]\n",
		want:   `f.yaml:2:11: unknown daemon "virtqemd": did you mean "virtqemud"?`,
		schema: true,
	},
	{
		name:   "modular of a word",
		text:   "name: lab\nmodular: virtqemud\n",
		want:   `f.yaml:2:10: modular: want true, false or a list of daemons, not the text "virtqemud"`,
		schema: true,
	},
	{
		name: "no daemons",
		text: "name: lab\nmodular: []\n",
		want: `f.yaml:2:10: modular: want true, false or a list of daemons, not a list`,
	},
	{
		name: "a daemon twice",
		text: "name: lab\nmodular: [virtqemud, virtqemud]\n",
		want: `f.yaml:2:10: modular: virtqemud is named twice`,
	},
	{
		name: "a daemon without its driver",
		text: "name: lab\nmodular: [virtxend]\n",
		want: `f.yaml:2:10: modular: virtxend serves the driver xen, which the node does not have: it has [qemu test]`,
	},
	{
		name: "tcp without its daemon",
		text: "name: lab\nmodular: [virtqemud]\ntransports: [tcp]\n",
		want: `f.yaml:2:10: modular: tcp needs virtproxyd or libvirtd, and there are [virtqemud]`,
	},
	{
		name: "a user with a daemon of root's",
		text: "name: lab\nmodular: [virtqemud, virtnwfilterd]\nsession: true\n",
		want: `f.yaml:2:10: modular: only root runs virtnwfilterd`,
	},
	{
		name: "a run directory without unix",
		text: "name: lab\nrun_dir: /srv\ntransports: [tcp]\n",
		want: `f.yaml:2:10: run_dir: the node does not listen on unix`,
	},
	{
		name: "a run directory and a socket elsewhere",
		text: "name: lab\nrun_dir: /srv\ntransports: {unix: /x}\n",
		want: `f.yaml:2:10: run_dir: the node listens on the unix socket /x`,
	},
	{
		name:   "a session of a text",
		text:   "name: lab\nsession: \"yes\"\n",
		want:   `f.yaml:2:10: session: want true or false, not the text "yes"`,
		schema: true,
	},
	{
		name: "an inactive driver that is not there",
		text: "name: lab\ninactive_drivers: [xen, kvm, qemu, xen]\n",
		want: `f.yaml:2:19: unknown driver "kvm": want one of qemu, test, xen, lxc, openvz, bhyve, vbox, vz, ch` + "\n" +
			`f.yaml:2:19: driver qemu is one of drivers too` + "\n" +
			`f.yaml:2:19: driver xen for the second time`,
	},
	{
		name: "test files",
		text: "name: lab\ntest_files:\n  - {path: node.xml, xml: <node/>}\n  - {path: /a, xml: <node/>, file: guest.xml}\n  - {path: /a}\n  - {path: /b, file: nowhere.xml}\n",
		want: `f.yaml:3:12: test_files: want a path that begins with a slash, not "node.xml"` + "\n" +
			`f.yaml:4:5: test_files: want xml or file, and one of them` + "\n" +
			`f.yaml:5:5: test_files: want xml or file, and one of them` + "\n" +
			`f.yaml:5:12: test_files: /a for the second time` + "\n" +
			`f.yaml:6:22: file: there is no testdata/nowhere.xml`,
	},
	{
		name:   "a test file of nobody",
		text:   "name: lab\ntest_files:\n  - {xml: <node/>}\n",
		want:   `f.yaml:3:5: test_files: want a path that begins with a slash, not ""`,
		schema: true,
	},
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	for _, c := range badFiles {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := parse("f.yaml", []byte(c.text), "testdata")
			if err == nil {
				t.Fatalf("no error, want %s", c.want)
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("the error is otherwise (+) than wanted (-):\n%s", diff)
			}
			for _, line := range strings.Split(err.Error(), "\n") {
				if !errorLine.MatchString(line) {
					t.Errorf("%q is not of the form FILE:LINE:COLUMN: TEXT", line)
				}
			}
		})
	}
}

var errorLine = regexp.MustCompile(`^f\.yaml:[1-9]\d*:[1-9]\d*: \S.*$`)
