package main

// snippets is an example of each action.
var snippets = map[string]string{
	"fail": `on: DomainCreate
fail: {code: VIR_ERR_INTERNAL_ERROR, domain: VIR_FROM_QEMU, message: "process exited while connecting to monitor"}
`,
	"answer": `on: DomainGetInfo
object: vm-1
answer: {with: {State: 1, MaxMem: 1048576, Memory: 1048576, NrVirtCPU: 2, CPUTime: 0}}
`,
	"delay": `on: ["ConnectListAll*", DomainGetXMLDesc]
delay: {for: 2s}
`,
	"hang": `on: virDomainShutdown
times: 1
hang: {}
`,
	"drop_reply": `on: DomainDefineXMLFlags
drop_reply: {}
`,
	"repeat_reply": `on: DomainGetState
repeat_reply: {times: 3}
`,
	"wrong_reply": `on: DomainGetState
wrong_reply: {serial: 4294967295}
`,
	"garble_reply": `on: ConnectListAllDomains
garble_reply: {payload: ffffffff}
`,
	"reorder": `on: DomainGetXMLDesc
reorder: {behind: 2}
`,
	"event_order": `on: DomainCreate
event_order: {reply: first}
`,
	"close": `on: DomainDestroy
close: {when: instead, reset: true}
`,
	"cut": `on: ConnectListAllDomains
cut: {direction: to-client, after: 10}
`,
	"reset": `connection: 2
reset: {after: 1000}
`,
	"half_close": `transport: tcp
half_close: {direction: from-client, after: 500}
`,
	"stall": `transport: tls
stall: {layer: beneath, for: 30s}
`,
	"throttle": `transport: [ssh, tls]
throttle: {rate: 1024}
`,
	"drip": `drip: {size: 1, every: 5ms}
`,
	"corrupt": `transport: tls
corrupt: {layer: beneath, after: 20, xor: "01"}
`,
	"coalesce": `coalesce: {frames: 3}
`,
	"confirmation": `times: 1
confirmation: {send: late, for: 10s}
`,
	"restart": `on: DomainMigratePerform3Params
restart: {state: kept, for: 5s}
`,
	"refuse": `on: ConnectClose
refuse: {}
`,
	"stop_accepting": `transport: tcp
stop_accepting: {backlog: 1}
`,
	"max_clients": `max_clients: {n: 20}
`,
	"no_keepalive": `transport: ssh
no_keepalive: {}
`,
	"drop_events": `times: 1
drop_events: {event: DomainEventLifecycle}
`,
	"event_storm": `on: ConnectDomainEventCallbackRegisterAny
times: 1
event_storm: {count: 10000, domain: vm-1}
`,
	"slow_storage": `object: default
slow_storage: {for: 10s}
`,
	"no_lease": `no_lease: {}
`,
	"crash": `on: DomainCreate
object: vm-1
skip: 2
times: 1
crash: {}
`,
	"vanish": `on: ConnectListAllDomains
times: 1
vanish: {domain: vm-1}
`,
	"appear": `on: ConnectListAllNetworks
skip: 2
times: 1
appear: {network: "<network><name>late</name></network>"}
`,
	"change": `on: DomainGetInfo
skip: 3
times: 1
change: {do: shutdown, after: true}
`,
}
