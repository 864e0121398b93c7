#!/usr/bin/env bash
# Runs a test binary against root's libvirtd with access_drivers = ["polkit"]:
#
#   go test -exec testdata/polkit.sh -run TestAnswersOfPolkit -update
#
# As root, with the packages dbus, polkitd, libvirt-daemon-system and util-linux. All of
# it lives in namespaces of its own and ends with the test: a bus, polkitd with one rule,
# and libvirtd. The test runs as a user without rights, since polkit grants root
# everything; -update needs it to write here. It finds in the directory of -polkit
# the socket, and writes there what is denied: one PERMISSION [OBJECT] in each line.
set -euo pipefail

if [ "${1-}" != --inside ]; then
	exec unshare --mount --net --pid --fork --mount-proc "$0" --inside "$@"
fi
shift
nobody=65534
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
install -m 666 /dev/null "$dir/denied"
mount --make-rprivate /
for d in /run/libvirt /var/lib/libvirt /etc/libvirt/qemu /etc/libvirt/storage /etc/polkit-1/rules.d /mnt; do
	mkdir -p "$d"
	mount -t tmpfs tmpfs "$d"
done
chmod 755 /etc/polkit-1/rules.d
ip link set lo up

cat >/etc/polkit-1/rules.d/test.rules <<EOF
polkit.addRule(function(action, subject) {
	var prefix = "org.libvirt.api.";
	if (action.id.indexOf(prefix) != 0)
		return;
	var attributes = ["domain_name", "network_name", "pool_name", "node_device_name", "interface_name"];
	var denied = polkit.spawn(["cat", "$dir/denied"]).split("\n");
	function means(pattern, text) {
		return pattern == text || pattern.slice(-1) == "*" && text.indexOf(pattern.slice(0, -1)) == 0;
	}
	for (var i = 0; i < denied.length; i++) {
		var part = denied[i].split(" ");
		if (part[0] == "" || !means(part[0], action.id.substr(prefix.length)))
			continue;
		if (part.length == 1 || attributes.some(function(a) {
			var name = action.lookup(a);
			return name !== undefined && means(part[1], name);
		}))
			return polkit.Result.NO;
	}
	return polkit.Result.YES;
});
EOF
cat >"$dir/bus.conf" <<EOF
<busconfig>
<type>system</type>
<listen>unix:path=$dir/bus</listen>
<auth>EXTERNAL</auth>
<policy context="default">
<allow user="*"/><allow own="*"/>
<allow send_type="method_call"/><allow send_type="signal"/>
<allow send_type="method_return"/><allow send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="signal"/>
<allow receive_type="method_return"/><allow receive_type="error"/>
</policy>
</busconfig>
EOF
cat >"$dir/libvirtd.conf" <<EOF
unix_sock_dir = "$dir"
unix_sock_rw_perms = "0777"
auth_unix_rw = "none"
access_drivers = ["polkit"]
log_outputs = "3:file:$dir/log"
EOF

await() { # file
	for _ in $(seq 600); do
		[ -e "$1" ] && return
		sleep 0.1
	done
	echo "$1 does not come" >&2
	return 1
}

dbus-daemon --config-file="$dir/bus.conf" --nofork --nopidfile 2>/dev/null &
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$dir/bus
await "$dir/bus"
/usr/lib/polkit-1/polkitd >/dev/null 2>&1 &
libvirtd -f "$dir/libvirtd.conf" -p "$dir/pid" &
await "$dir/libvirt-sock"
virsh -q -c "qemu+unix:///system?socket=$dir/libvirt-sock" pool-define-as images dir --target /mnt

status=0
setpriv --reuid $nobody --regid $nobody --clear-groups --inh-caps=+dac_override --ambient-caps=+dac_override "$@" -polkit "$dir" || status=$?
exit $status
