package scenarios

// badObjects are scenarios in which drivers and their objects are wrong.
var badObjects = []badFile{
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
		name: "a domain in no network",
		text: "name: lab\nobjects:\n  qemu:\n    domains:\n      - {name: a, state: running, networks: [nowhere]}\n",
		want: `f.yaml:5:16: the driver refuses this: Network not found: no network with matching name 'nowhere'`,
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
