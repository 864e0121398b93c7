#!/bin/sh
# Prints which functions of libvirt's driver interface each driver implements, as
# its source says: one line for each driver, after one ("*") with all that there are.
#
#	./functions.sh libvirt-9.0.0/src > functions.txt
set -eu
cd "$1"
# entries prints the members that the initializer of a struct sets.
entries() { # file, variable
	awk -v var="$2" '
		index($0, "virHypervisorDriver " var " = {") { on = 1; next }
		on && /^};/ { exit }
		on && /^ *\.[a-zA-Z]+ *= *[a-zA-Z]/ { sub(/^ *\./, ""); sub(/ .*/, ""); if ($0 != "name") print }
	' "$1" | LC_ALL=C sort | tr '\n' ' '
}
line() { printf '%s: %s\n' "$1" "$(entries "$2" "$3" | sed 's/ $//')"; }

printf '*: %s\n' "$(sed -n '/^struct _virHypervisorDriver {/,/^};/s/^ *virDrv[A-Za-z0-9]* \([a-zA-Z0-9]*\);.*/\1/p' driver-hypervisor.h |
	LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')"
line bhyve bhyve/bhyve_driver.c bhyveHypervisorDriver
line ch ch/ch_driver.c chHypervisorDriver
line interface interface/interface_backend_udev.c udevHypervisorDriver
line lxc lxc/lxc_driver.c lxcHypervisorDriver
line network network/bridge_driver.c networkHypervisorDriver
line nodedev node_device/node_device_udev.c udevHypervisorDriver
line nwfilter nwfilter/nwfilter_driver.c nwfilterHypervisorDriver
line openvz openvz/openvz_driver.c openvzHypervisorDriver
line qemu qemu/qemu_driver.c qemuHypervisorDriver
line secret secret/secret_driver.c secretHypervisorDriver
line storage storage/storage_driver.c storageHypervisorDriver
line test test/test_driver.c testHypervisorDriver
line vbox vbox/vbox_common.c vboxCommonDriver
line vz vz/vz_driver.c vzHypervisorDriver
line xen libxl/libxl_driver.c libxlHypervisorDriver
