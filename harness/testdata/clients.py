"""Opens, lists, reads and closes a connection, without and with an event loop.

usage: clients.py URI
What it prints depends on the node alone.
"""
import sys

import libvirt

uri = sys.argv[1]

conn = libvirt.open(uri)
print("type", conn.getType(), "lib", conn.getLibVersion(), "alive", conn.isAlive())
for dom in conn.listAllDomains():
    print("domain", dom.name(), dom.UUIDString(), dom.ID(), dom.state(), dom.info()[:4])
    print(dom.XMLDesc())
print("networks", sorted(n.name() for n in conn.listAllNetworks()))
print("pools", sorted(p.name() for p in conn.listAllStoragePools()))
try:
    conn.lookupByName("nobody")
except libvirt.libvirtError as e:
    print("error", e.get_error_code(), e.get_error_domain(), e.get_error_message())
print("closed", conn.close())

ro = libvirt.openReadOnly(uri)
try:
    ro.lookupByName("test").destroy()
except libvirt.libvirtError as e:
    print("read-only", e.get_error_code(), e.get_error_domain(), e.get_error_message())
print("closed", ro.close())

libvirt.virEventRegisterDefaultImpl()
seen = []


def lifecycle(conn, dom, event, detail, opaque):
    seen.append((dom.name(), dom.ID(), event, detail))


conn = libvirt.open(uri)
print("keepalive", conn.setKeepAlive(1, 3))
callback = conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lifecycle, None)
dom = conn.lookupByName("test")


def step(what, *args, events):
    before = len(seen)
    what(*args)
    while len(seen) < before + events:
        libvirt.virEventRunDefaultImpl()


step(dom.suspend, events=1)
step(dom.resume, events=1)
step(dom.destroy, events=1)
step(dom.create, events=1)
step(dom.shutdown, events=1)
step(dom.undefine, events=1)
for event in seen:
    print("event", *event)
conn.domainEventDeregisterAny(callback)
print("closed", conn.close())
