#!/usr/bin/python3
"""Play scripts of libvirt calls against a real daemon and print what happens.

usage: record.py URI XMLDIR SCRIPT

Each line of a script is one call; the transcript repeats it, then what it
returned or the error with all its fields, then the events that it caused.
domain_script_test.go has the same calls for the fake, and prints the same.
"""

import json
import os
import re
import signal
import sys
import tempfile
import threading
import time

import libvirt

# A disk whose boot sector waits for the power button and then switches the
# machine off: a guest that complies with ACPI. It enables PWRBTN in PM1_EN,
# polls PM1_STS and writes SLP_EN to PM1_CNT, where SeaBIOS puts them.
BOOT_SECTOR = bytes.fromhex(
    "ba0206" "b80001" "ef"            # out 0x602, 0x0100
    "ba0006" "ed" "a90001" "74f7"     # wait for bit 8 of 0x600
    "ef" "ba0406" "b80020" "ef"       # out 0x604, 0x2000
    "ebed"
).ljust(510, b"\0") + b"\x55\xaa"

LIFECYCLE = libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE
REBOOT = libvirt.VIR_DOMAIN_EVENT_ID_REBOOT
METADATA = libvirt.VIR_DOMAIN_EVENT_ID_METADATA_CHANGE


class Player:
    def __init__(self, uri, xmldir):
        self.xmldir = xmldir
        self.tmp = tempfile.mkdtemp()
        os.chmod(self.tmp, 0o755)
        self.image = os.path.join(self.tmp, "boot.img")
        with open(self.image, "wb") as f:
            f.write(BOOT_SECTOR)
        os.chmod(self.image, 0o666)
        self.conn = libvirt.open(uri)
        self.type = self.conn.getType().lower()
        # Where qemu:///session keeps its files, which is beside the socket.
        socket = re.search(r"socket=([^&]*)", uri)
        self.state = os.path.dirname(socket.group(1)) + "/libvirt/qemu" if socket and self.type == "qemu" else ""
        self.events = []
        self.last = time.monotonic()
        for kind, cb in (
            (LIFECYCLE, lambda c, d, e, detail, _: self.event("lifecycle", d, e, detail)),
            (REBOOT, lambda c, d, _: self.event("reboot", d)),
            (METADATA, lambda c, d, t, uri, _: self.event("metadata", d, t, uri or "-")),
        ):
            self.conn.domainEventRegisterAny(None, kind, cb, None)
        # Ids begin where the daemon is; the transcript begins at 1.
        self.base = 0
        self.known = {}
        if self.conn.getType() == "QEMU":
            d = self.conn.createXML(
                "<domain type='qemu'><name>probe</name><memory>65536</memory>"
                "<os><type>hvm</type></os></domain>", 1)
            self.base = d.ID()
            d.destroy()
            self.settle(0.5)
            self.events.clear()

    def event(self, kind, dom, *rest):
        fields = " ".join(str(x) for x in rest)
        self.events.append(f"event {kind} {dom.name()} id={self.id(dom.ID())} {fields}".rstrip())
        self.last = time.monotonic()

    def id(self, n):
        return n - self.base if n > 0 else n

    def settle(self, quiet):
        self.last = time.monotonic()
        while time.monotonic() - self.last < quiet:
            time.sleep(0.02)

    def xml(self, name):
        with open(os.path.join(self.xmldir, name + ".xml"), encoding="utf-8") as f:
            return f.read().replace("@IMAGE@", self.image).replace("@TYPE@", self.type)

    def dom(self, name):
        """The domain of that name, also after it has gone."""
        try:
            self.known[name] = self.conn.lookupByName(name)
        except libvirt.libvirtError:
            if name not in self.known:
                raise
        return self.known[name]

    def play(self, line):
        line, _, wait = line.partition(" # wait ")
        print("$ " + line)
        op, *args = line.split(None, 2) if line.startswith("try ") else line.split()
        self.events.clear()
        try:
            out = getattr(self, "do_" + op.replace("-", "_"))(*args)
        except libvirt.libvirtError as e:
            code, domain, message, level, s1, s2, s3, i1, i2 = e.err
            out = f"error {code} {domain} {message}\n  {s1!r} {s2!r} {s3!r} {i1} {i2}"
        if op != "try":
            self.settle(float(wait or 0.15))
        for text in [out] if isinstance(out, str) else [] if out in (0, None) else [str(out)]:
            print(self.mask(text))
        if op == "try":
            return
        for i, event in enumerate(self.events):
            # Firmware may reset the machine some more times on its way.
            if i == 0 or event != self.events[i - 1] or "reboot" not in event:
                print(event)

    def mask(self, text):
        text = text.replace(self.image, "@IMAGE@")
        if self.state:
            text = text.replace(self.state, "@STATE@")
        for pattern in (r"(<domain type='\w+' id=')(\d+)", r"(/domain-)(\d+)", r"(matching id )(\d+)"):
            text = re.sub(pattern, lambda m: m.group(1) + str(self.id(int(m.group(2)))), text)
        return re.sub(r"/dev/pts/\d+", "/dev/pts/N", text)

    # Calls. Flags come last and are numbers.

    def do_define(self, name, flags="0"):
        d = self.conn.defineXMLFlags(self.xml(name), int(flags))
        self.known[d.name()] = d
        return f"{d.name()} {d.UUIDString()} id={self.id(d.ID())}"

    def do_try(self, where, text):
        """Define a domain that is all right but for a piece of text."""
        piece = {"domain": "", "os": "", "devices": ""}
        if where == "json":
            document = json.loads(text)
        elif where == "raw":
            document = text
        else:
            piece[where] = text
            document = ("<domain type='@TYPE@'><name>x</name><uuid>11111111-2222-4333-8444-5555555555ff</uuid>"
                        "<memory>65536</memory><os><type>hvm</type>%(os)s</os>%(domain)s"
                        "<devices>%(devices)s</devices></domain>") % piece
        d = self.conn.defineXML(document.replace("@TYPE@", self.type))
        d.undefine()
        return "taken"

    def do_again(self, name):
        """Define a domain as it is shown."""
        d = self.dom(name)
        before = d.XMLDesc(3)
        self.conn.defineXML(before)
        after = d.XMLDesc(3)
        return "same" if before == after else after.rstrip("\n")

    def do_createxml(self, name, flags="0"):
        d = self.conn.createXML(self.xml(name), int(flags))
        self.known[d.name()] = d
        return f"{d.name()} {d.UUIDString()} id={self.id(d.ID())}"

    def do_lookup(self, name):
        d = self.conn.lookupByName(name)
        return f"{d.name()} {d.UUIDString()} id={self.id(d.ID())}"

    def do_lookup_uuid(self, uuid):
        d = self.conn.lookupByUUIDString(uuid)
        return f"{d.name()} {d.UUIDString()} id={self.id(d.ID())}"

    def do_lookup_id(self, n):
        d = self.conn.lookupByID(int(n) + self.base if int(n) > 0 else int(n))
        return f"{d.name()} {d.UUIDString()} id={self.id(d.ID())}"

    def do_list(self, flags="0"):
        return " ".join(sorted(d.name() for d in self.conn.listAllDomains(int(flags)))) or "none"

    def do_ids(self):
        return " ".join(str(self.id(n)) for n in sorted(self.conn.listDomainsID())) or "none"

    def do_defined(self):
        return " ".join(sorted(self.conn.listDefinedDomains())) or "none"

    def do_counts(self):
        return f"{self.conn.numOfDomains()} {self.conn.numOfDefinedDomains()}"

    def do_create(self, name, flags="0"):
        self.dom(name).createWithFlags(int(flags))

    def do_shutdown(self, name, flags="0"):
        self.dom(name).shutdownFlags(int(flags))

    def do_destroy(self, name, flags="0"):
        self.dom(name).destroyFlags(int(flags))

    def do_crash(self, name):
        """Kill the hypervisor's process."""
        with open(f"{self.state}/run/{name}.pid", encoding="ascii") as f:
            os.kill(int(f.read()), signal.SIGKILL)

    def do_undefine(self, name, flags="0"):
        self.dom(name).undefineFlags(int(flags))

    def do_suspend(self, name):
        self.dom(name).suspend()

    def do_resume(self, name):
        self.dom(name).resume()

    def do_reboot(self, name, flags="0"):
        self.dom(name).reboot(int(flags))

    def do_reset(self, name, flags="0"):
        self.dom(name).reset(int(flags))

    def do_state(self, name, flags="0"):
        state, reason = self.dom(name).state(int(flags))
        return f"{state} {reason}"

    def do_info(self, name):
        state, maxmem, mem, cpus, time_ = self.dom(name).info()
        return f"{state} max={maxmem} mem={mem} cpus={cpus} time={'some' if time_ else 0}"

    def do_flags(self, name):
        d = self.dom(name)
        return f"active={d.isActive()} persistent={d.isPersistent()} updated={d.isUpdated()}"

    def do_autostart(self, name, value=None):
        d = self.dom(name)
        if value is None:
            return f"autostart={d.autostart()}"
        d.setAutostart(int(value))

    def do_ostype(self, name):
        return self.dom(name).OSType()

    def do_maxmem(self, name):
        return str(self.dom(name).maxMemory())

    def do_setmem(self, name, kib, flags=None):
        d = self.dom(name)
        if flags is None:
            d.setMemory(int(kib))
        else:
            d.setMemoryFlags(int(kib), int(flags))

    def do_setmaxmem(self, name, kib):
        self.dom(name).setMaxMemory(int(kib))

    def do_vcpus(self, name, flags="0"):
        return str(self.dom(name).vcpusFlags(int(flags)))

    def do_maxvcpus(self, name):
        return str(self.dom(name).maxVcpus())

    def do_setvcpus(self, name, n, flags=None):
        d = self.dom(name)
        if flags is None:
            d.setVcpus(int(n))
        else:
            d.setVcpusFlags(int(n), int(flags))

    def do_pins(self, name):
        info, maps = self.dom(name).vcpus()
        return "; ".join(f"{i[0]} state={i[1]} cpu={i[3]} map={''.join('y' if x else '-' for x in m)}"
                         for i, m in zip(info, maps)) or "none"

    def do_seclabel(self, name):
        label, enforcing = self.dom(name).securityLabel()
        return f"{label!r} {enforcing}"

    def do_managedsave(self, name, flags="0"):
        self.dom(name).managedSave(int(flags))

    def do_hasmanagedsave(self, name, flags="0"):
        return str(self.dom(name).hasManagedSaveImage(int(flags)))

    def do_managedsaveremove(self, name, flags="0"):
        self.dom(name).managedSaveRemove(int(flags))

    def do_metadata(self, name, kind, uri="-", flags="0"):
        return self.dom(name).metadata(int(kind), None if uri == "-" else uri, int(flags))

    def do_setmetadata(self, name, kind, value, key="-", uri="-", flags="0"):
        value = None if value == "-" else value.replace("_", " ").replace("\\n", "\n")
        self.dom(name).setMetadata(int(kind), value, None if key == "-" else key,
                                   None if uri == "-" else uri, int(flags))

    def do_rename(self, name, new, flags="0"):
        self.dom(name).rename("" if new == "-" else new, int(flags))
        self.known[new] = self.dom(name)

    def do_messages(self, name, flags="0"):
        return "; ".join(self.dom(name).messages(int(flags))) or "none"

    def do_hostname(self, name, flags="0"):
        return self.dom(name).hostname(int(flags))

    def do_control(self, name, flags="0"):
        return " ".join(str(n) for n in self.dom(name).controlInfo(int(flags))[:2])

    def do_xml(self, name, flags="0"):
        return self.dom(name).XMLDesc(int(flags)).rstrip("\n")


def loop():
    while True:
        libvirt.virEventRunDefaultImpl()


def main():
    uri, xmldir, script = sys.argv[1:]
    libvirt.registerErrorHandler(lambda *_: None, None)
    libvirt.virEventRegisterDefaultImpl()
    threading.Thread(target=loop, daemon=True).start()
    player = Player(uri, xmldir)
    print("# record.py", "QEMU" if "qemu" in uri else "TEST", os.path.basename(script))
    try:
        for line in open(script, encoding="utf-8"):
            line = line.rstrip("\n")
            if line and not line.startswith("#"):
                player.play(line)
    finally:
        for d in player.conn.listAllDomains():
            try:
                if d.isActive():
                    d.destroy()
                d.undefineFlags(3)
            except libvirt.libvirtError:
                pass
    sys.stdout.flush()
    os._exit(0)


main()
