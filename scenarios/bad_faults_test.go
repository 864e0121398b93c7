package scenarios

// badFaults are scenarios in which faults and the timeline are wrong.
var badFaults = []badFile{
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
		name: "a moment after calls to come",
		text: "name: lab\nlibvirt_version: 7.0.0\ntimeline:\n  - after: {on: [DomainCreate, virDomainSetLaunchSecurityState]}\n    crash: {domain: a}\n",
		want: `f.yaml:4:32: after.on[1]: virDomainSetLaunchSecurityState came with libvirt 8.0.0 and the node speaks as 7.0.0, so that this can never fire`,
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
		name: "an object that appears",
		text: "name: lab\ntimeline:\n  - at: 5s\n    appear: {network: <network/>}\n",
		want: `f.yaml:4:23: network: the driver refuses this: missing name information`,
	},
}
