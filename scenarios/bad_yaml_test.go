package scenarios

// badYAML are scenarios in which something is no YAML, or not that of a scenario.
var badYAML = []badFile{
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
		name: "an alias of nobody",
		text: "name: lab\nlimits: *none\n",
		want: `f.yaml:2:9: no anchor of the name of this alias has ended before it`,
	},
	{
		name: "an alias of itself",
		text: "name: lab\nx-a: &a [*a]\n",
		want: `f.yaml:2:10: no anchor of the name of this alias has ended before it`,
	},
	{
		name: "a tag",
		text: "name: !secret lab\n",
		want: `f.yaml:1:7: this tag means nothing here: no tag but !!str does`,
	},
	{
		name: "a merge of a word",
		text: "name: lab\nlimits:\n  <<: word\n",
		want: `f.yaml:3:7: << merges mappings: this is a text`,
	},
}
