package scenarios

// badNodes are scenarios in which nodes and their daemons are wrong.
var badNodes = []badFile{
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
}
