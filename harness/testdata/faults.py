"""What faults do to the C library, where virsh does not show it.

usage: faults.py WHAT URI
"""
import sys

import libvirt

what, uri = sys.argv[1:]
libvirt.registerErrorHandler(lambda _, e: None, None)


def hostname(conn):
    for _ in range(2):
        try:
            print(conn.getHostname())
        except libvirt.libvirtError as e:
            print("error", e.get_error_code(), e.get_error_domain(), e.get_error_message())


def event(conn):
    seen = []
    conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lambda conn, dom, event, detail, _: seen.append((dom.name(), event, detail)), None)
    while not seen:
        libvirt.virEventRunDefaultImpl()
    for e in seen:
        print("event", *e)


if what == "event":
    libvirt.virEventRegisterDefaultImpl()
try:
    {"hostname": hostname, "event": event}[what](libvirt.open(uri))
except libvirt.libvirtError as e:
    print("error", e.get_error_code(), e.get_error_domain(), e.get_error_message())
