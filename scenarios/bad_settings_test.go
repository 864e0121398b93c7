package scenarios

// badSettings are scenarios in which it is wrong who may come in. The word canary and
// the number 314159 stand for secrets.
var badSettings = []badFile{
	{
		name:   "a method of authentication",
		text:   "name: lab\nauth: {tcp: sals}\n",
		want:   `f.yaml:2:13: auth: auth_tcp is "sals": want none or sasl`,
		schema: true,
	},
	{
		name: "two methods of authentication",
		text: "name: lab\nauth:\n  tcp: sals\n  realm: lab\n  unix_ro: polkt\n",
		want: `f.yaml:3:8: auth: auth_tcp is "sals": want none or sasl` + "\n" +
			`f.yaml:5:12: auth: auth_unix_ro is "polkt": want none, sasl or polkit`,
		schema: true,
	},
	{
		name: "polkit on tcp",
		text: "name: lab\nauth: {tcp: polkit}\n",
		want: `f.yaml:2:13: auth: auth_tcp is polkit, which works on unix sockets alone: want none or sasl`,
	},
	{
		name:   "a key of auth",
		text:   "name: lab\nauth: {unix: sasl}\n",
		want:   `f.yaml:2:8: unknown key "unix": want one of tcp, tls, unix_rw, unix_ro, users, mechanisms, allowed_usernames, realm, kerberos, polkit`,
		schema: true,
	},
	{
		name:   "the method of SSH",
		text:   "name: lab\nauth: {ssh: publickey}\n",
		want:   `f.yaml:2:8: unknown key "ssh": want one of tcp, tls, unix_rw, unix_ro, users, mechanisms, allowed_usernames, realm, kerberos, polkit`,
		schema: true,
	},
	{
		name: "a mechanism",
		text: "name: lab\nauth: {tcp: sasl, mechanisms: [PLAIN, NTLM]}\n",
		want: `f.yaml:2:39: auth: no SASL mechanism "NTLM": there are [GSSAPI SCRAM-SHA-256 SCRAM-SHA-1 DIGEST-MD5 PLAIN ANONYMOUS]`,
	},
	{
		name: "a user without a password",
		text: "name: lab\nauth:\n  tcp: sasl\n  users:\n    - {name: fred, password: canary}\n    - {name: bob}\n",
		want: `f.yaml:6:7: auth: SASL user: want a password or a verifier`,
	},
	{
		name:   "a user without a name",
		text:   "name: lab\nauth:\n  users:\n    - {password: canary}\n",
		want:   `f.yaml:4:7: auth: SASL user: want a name`,
		schema: true,
	},
	{
		name: "a user twice",
		text: "name: lab\nauth:\n  users:\n    - {name: fred, password: canary-1}\n    - {name: bob, password: canary-2}\n    - {name: fred, password: canary-3}\n",
		want: `f.yaml:6:7: auth: SASL user is there twice`,
	},
	{
		name: "a user's verifier",
		text: "name: lab\nauth:\n  users:\n    - {name: fred, password: a}\n    - name: eve\n      password: canary\n      verifiers: [\"SCRAM-SHA-256$4096:canary\"]\n",
		want: `f.yaml:7:19: auth: SASL user: verifier 1: want SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY, with base64 in the last three, or the same with SCRAM-SHA-1`,
	},
	{
		name: "a user's verifier and no password",
		text: "name: lab\nauth:\n  users:\n    - name: eve\n      verifiers: [\"SCRAM-SHA-256$4096:canary\"]\n",
		want: `f.yaml:4:7: auth: SASL user: verifier 1: want SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY, with base64 in the last three, or the same with SCRAM-SHA-1`,
	},
	{
		name:   "a password that is a number",
		text:   "name: lab\nauth: {users: [{name: fred, password: 314159}]}\n",
		want:   `f.yaml:2:39: password: want a text in quotes, not a number`,
		schema: true,
	},
	{
		name:   "a password that is a list",
		text:   "name: lab\nauth: {users: [{name: fred, password: [canary]}]}\n",
		want:   `f.yaml:2:39: password: want a text, not a list`,
		schema: true,
	},
	{
		name:   "a password without its key",
		text:   "name: lab\nauth: {users: [{name: fred, canary: }]}\n",
		want:   `f.yaml:2:29: unknown key: want one of name, password, verifiers`,
		schema: true,
	},
	{
		name:   "a password without its user",
		text:   "name: lab\nauth:\n  users: canary\n",
		want:   `f.yaml:3:10: users: want a list, not a text`,
		schema: true,
	},
	{
		name:   "a password in the place of users",
		text:   "name: lab\nauth: canary\n",
		want:   `f.yaml:2:7: auth: want a mapping with keys of tcp, tls, unix_rw, unix_ro, users, mechanisms, allowed_usernames, realm, kerberos, polkit, not a text`,
		schema: true,
	},
	{
		name: "a password that is an alias",
		text: "name: lab\nauth: {users: [{name: fred, password: *canary}]}\n",
		want: `f.yaml:2:39: no anchor of the name of this alias has ended before it`,
	},
	{
		name: "a password that is a tag",
		text: "name: lab\nauth: {users: [{name: fred, password: !canary x}]}\n",
		want: `f.yaml:2:39: this tag means nothing here: no tag but !!str does`,
	},
	{
		name:   "a password's key",
		text:   "name: lab\nauth: {users: [{name: fred, pasword: canary}]}\n",
		want:   `f.yaml:2:29: unknown key: did you mean "password"?`,
		schema: true,
	},
	{
		name:   "an answer of polkit",
		text:   "name: lab\nauth: {unix_rw: polkit, polkit: {others: maybe}}\n",
		want:   `f.yaml:2:42: auth: polkit answers "maybe": want allowed, denied or no_agent`,
		schema: true,
	},
	{
		name:   "an answer of polkit about one",
		text:   "name: lab\nauth: {polkit: {uids: {0: allowed, 1000: no}}}\n",
		want:   `f.yaml:2:42: auth: polkit answers "no": want allowed, denied or no_agent`,
		schema: true,
	},
	{
		name: "a user of polkit's",
		text: "name: lab\nauth: {polkit: {uids: {root: denied}}}\n",
		want: `f.yaml:2:24: uids: want keys that are whole numbers, 0 or more, not "root"`,
	},
	{
		name: "a version of TLS",
		text: "name: lab\ntls: {min_version: 1.4}\n",
		want: `f.yaml:2:20: min_version: want TLS 1.0, 1.1, 1.2 or 1.3, not "1.4"`,
	},
	{
		name: "a keytab",
		text: "name: lab\nauth:\n  kerberos: {keytab: nowhere.keytab}\n",
		want: `f.yaml:3:22: auth: Kerberos: keytab: open testdata/nowhere.keytab: no such file or directory`,
	},
	{
		name: "hosts of Kerberos",
		text: "name: lab\nauth:\n  kerberos: {hosts: [node1]}\n",
		want: `f.yaml:3:21: auth: Kerberos has hosts and nothing else: want a realm, such as EXAMPLE.TEST, or a keytab`,
	},
	{
		name: "a permission",
		text: "name: lab\naccess:\n  rules:\n    - {deny: domain.start}\n    - {deny: [domain.stop, domain.strat]}\n",
		want: `f.yaml:5:28: access: rules[1]: deny[1]: there is no permission "domain.strat" that any procedure asks for, did you mean domain.start?`,
	},
	{
		name: "a permission of drivers that ask for none",
		text: "name: lab\ndrivers: [test]\naccess: {polkit: true}\n",
		want: `f.yaml:3:18: access: of the node's drivers, test, none asks for permissions, as libvirt's do not: want another driver`,
	},
	{
		name: "a mode",
		text: "name: lab\nunix_sockets: {ro_perms: \"0666\", rw_perms: \"0888\"}\n",
		want: `f.yaml:2:44: unix_sockets: Failed to parse mode '0888'`,
	},
	{
		name:   "a mode that is a number",
		text:   "name: lab\nunix_sockets: {rw_perms: 0770}\n",
		want:   `f.yaml:2:26: rw_perms: want a text in quotes, "0770", not the number 0770`,
		schema: true,
	},
	{
		name:   "a version of SSL",
		text:   "name: lab\ntls: {min_version: SSL3}\n",
		want:   `f.yaml:2:20: min_version: want TLS 1.0, 1.1, 1.2 or 1.3, not "SSL3"`,
		schema: true,
	},
	{
		name: "versions of TLS in reverse",
		text: "name: lab\ntls:\n  min_version: 1.3\n  max_version: 1.2\n",
		want: `f.yaml:4:16: tls: the newest TLS is TLS 1.2 and the oldest TLS 1.3: want them in order`,
	},
	{
		name:   "a key of TLS",
		text:   "name: lab\ntls: {allowed_dn_list: [CN=x]}\n",
		want:   `f.yaml:2:7: unknown key "allowed_dn_list": did you mean "allowed_dn"?`,
		schema: true,
	},
	{
		name:   "a certificate",
		text:   "name: lab\ncertificates: [server-expired, client-expird]\n",
		want:   `f.yaml:2:32: certificates: there is no "client-expird" in the catalogue: did you mean "client-expired"?`,
		schema: true,
	},
	{
		name: "a method of SSH",
		text: "name: lab\nssh: {auth: {methods: [password, magic]}}\n",
		want: `f.yaml:2:34: ssh: there is no method "magic": want publickey, password, keyboard-interactive or none`,
	},
	{
		name: "methods of SSH with none",
		text: "name: lab\nssh: {auth: {methods: \"none,password\"}}\n",
		want: `f.yaml:2:23: ssh: methods none,password: none must be alone`,
	},
	{
		name: "a key of a user of SSH",
		text: "name: lab\nssh:\n  auth:\n    users:\n      alice: {keys: [node, ssh-ed25519 canary]}\n",
		want: `f.yaml:5:28: ssh: user alice: key 2 is not a line of authorized_keys without options`,
	},
	{
		name: "an authority of SSH",
		text: "name: lab\nssh: {auth: {trusted_user_ca_keys: canary}}\n",
		want: `f.yaml:2:36: ssh: trusted_user_ca_keys: key 1 is not a line of authorized_keys without options`,
	},
	{
		name: "tries of SSH",
		text: "name: lab\nssh: {auth: {max_tries: -1}}\n",
		want: `f.yaml:2:25: ssh: max_tries is -1: want 0 or more`,
	},
	{
		name:   "an answer that is true",
		text:   "name: lab\nssh: {auth: {users: {alice: {prompts: [{text: q, answer: true}]}}}}\n",
		want:   `f.yaml:2:58: answer: want a text in quotes, not true or false`,
		schema: true,
	},
	{
		name:   "users of SSH as a list",
		text:   "name: lab\nssh: {auth: {users: [{name: canary}]}}\n",
		want:   `f.yaml:2:21: users: want a mapping, not a list`,
		schema: true,
	},
	{
		name:   "a kind of host key",
		text:   "name: lab\nssh: {server: {host_keys: [ed25519, dsa]}}\n",
		want:   `f.yaml:2:37: host_keys[1]: unknown key type "dsa": want one of p256, p384, p521, ed25519, rsa2048, rsa3072, rsa4096`,
		schema: true,
	},
	{
		name: "two host keys of a kind",
		text: "name: lab\nssh: {server: {host_keys: [rsa2048, ed25519, rsa4096]}}\n",
		want: `f.yaml:2:46: ssh: host_keys has two host keys for rsa-sha2-512, the second rsa4096: a server has one of each algorithm`,
	},
	{
		name: "host keys that may not sign",
		text: "name: lab\nssh: {server: {host_key_algorithms: [rsa-sha2-256]}}\n",
		want: `f.yaml:2:38: ssh: no host key signs with rsa-sha2-256`,
	},
	{
		name: "a version of SSH",
		text: "name: lab\nssh: {server: {version: OpenSSH}}\n",
		want: `f.yaml:2:25: ssh: the version "OpenSSH" does not begin with SSH-2.0-`,
	},
	{
		name: "connections of SSH",
		text: "name: lab\nssh: {server: {change_host_keys_at: [2, 0]}}\n",
		want: `f.yaml:2:41: ssh: change_host_keys_at has 0: connections count from 1`,
	},
	{
		name: "a shell",
		text: "name: lab\nssh: {account: {shell: /bin/fish}}\n",
		want: `f.yaml:2:24: ssh: unknown login shell "/bin/fish"`,
	},
	{
		name:   "a user's socket",
		text:   "name: lab\nssh:\n  accounts:\n    alice: {home: /srv}\n    bob: {sockets: {/run/a: node, /run/b: nobody}}\n",
		want:   `f.yaml:5:43: ssh: user bob: socket /run/b is "nobody": want "node", "read-only", "missing", "forbidden" or "refused"`,
		schema: true,
	},
	{
		name: "a user's socket without a directory",
		text: "name: lab\nssh: {accounts: {bob: {sockets: {libvirt-sock: node}}}}\n",
		want: `f.yaml:2:48: ssh: user bob: socket "libvirt-sock": want an absolute path`,
	},
	{
		name: "a program's status",
		text: "name: lab\nssh: {account: {programs: {uname: {status: 300}}}}\n",
		want: `f.yaml:2:44: ssh: program "uname": status 300 is not within 0 to 255`,
	},
	{
		name:   "channels of SSH",
		text:   "name: lab\nssh: {account: {stream_local: never}}\n",
		want:   `f.yaml:2:31: ssh: stream_local is "never": want "failed", "prohibited" or nothing`,
		schema: true,
	},
	{
		name: "a session's session",
		text: "name: lab\nsession: true\nsession_daemon:\n",
		want: `f.yaml:3:1: session_daemon: the node is a user's already, by session`,
	},
	{
		name: "a session beside a socket elsewhere",
		text: "name: lab\ntransports: {unix: /x}\nsession_daemon:\n",
		want: `f.yaml:3:1: session_daemon: the node listens on the unix socket /x: give it a run directory instead`,
	},
	{
		name: "a session's driver",
		text: "name: lab\nsession_daemon: {drivers: [qmu]}\n",
		want: `f.yaml:2:27: unknown driver "qmu": did you mean "qemu"?`,
	},
	{
		name: "a session's objects of no driver",
		text: "name: lab\nsession_daemon:\n  drivers: [test]\n  objects:\n    qemu: {preset: empty}\n",
		want: `f.yaml:5:5: qemu: the node has no such driver: it has test`,
	},
	{
		name: "a session's domain",
		text: "name: lab\nsession_daemon:\n  objects:\n    qemu:\n      domains:\n        - {name: good}\n        - xml: <domain type='kvm'><name>bad</name></domain>\n",
		want: `f.yaml:7:16: the driver refuses this: XML error: an os <type> must be specified`,
	},
	{
		name:   "a session's node",
		text:   "name: lab\nsession_daemon: {hostname: node1}\n",
		want:   `f.yaml:2:18: unknown key "hostname": want one of drivers, inactive_drivers, default_uri, test_files, objects`,
		schema: true,
	},
	{
		name:   "a session of a word",
		text:   "name: lab\nsession_daemon: yes\n",
		want:   `f.yaml:2:17: session_daemon: want a mapping with keys of drivers, inactive_drivers, default_uri, test_files, objects, not the text "yes"`,
		schema: true,
	},
}
