package scenarios

// badValues are scenarios with keys that there are not, and values of another type.
var badValues = []badFile{
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
}
