"""Stands in for UDisks on a bus of its own, so that Wine's hot-plug code sees media come and go."""

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.freedesktop.UDisks2"
ROOT = "/org/freedesktop/UDisks2"
MANAGER = "org.freedesktop.DBus.ObjectManager"


def path_bytes(text):
    return dbus.Array([dbus.Byte(byte) for byte in text.encode() + b"\0"], signature="y")


class Disks(dbus.service.Object):
    def __init__(self, bus):
        self.objects = {}
        super().__init__(bus, ROOT)

    @dbus.service.method(MANAGER, out_signature="a{oa{sa{sv}}}")
    def GetManagedObjects(self):
        return dbus.Dictionary(self.objects, signature="oa{sa{sv}}")

    @dbus.service.signal(MANAGER, signature="oa{sa{sv}}")
    def InterfacesAdded(self, path, interfaces):
        pass

    @dbus.service.signal(MANAGER, signature="oas")
    def InterfacesRemoved(self, path, interfaces):
        pass

    @dbus.service.method("laboratory.Media", in_signature="sssss")
    def Add(self, name, device, folder, media, serial):
        drive = f"{ROOT}/drives/{name}"
        block = f"{ROOT}/block_devices/{name}"
        facts = {
            "Removable": dbus.Boolean(True),
            "MediaRemovable": dbus.Boolean(True),
            "Serial": serial,
            "Id": f"{name}-{serial}",
            "Vendor": "LAB",
            "Model": "Medium",
            "ConnectionBus": "usb",
            "MediaCompatibility": dbus.Array([media], signature="s"),
        }
        kind = "iso9660" if media.startswith("optical") else "vfat"
        self.objects[drive] = {f"{NAME}.Drive": dbus.Dictionary(facts, signature="sv")}
        self.objects[block] = {
            f"{NAME}.Block": dbus.Dictionary(
                {"Device": path_bytes(device), "Drive": dbus.ObjectPath(drive), "IdType": kind, "IdUUID": "1A2B-3C4D"},
                signature="sv",
            ),
            f"{NAME}.Filesystem": dbus.Dictionary(
                {"MountPoints": dbus.Array([path_bytes(folder)], signature="ay")}, signature="sv"
            ),
        }
        self.InterfacesAdded(block, self.objects[block])

    @dbus.service.method("laboratory.Media", in_signature="s")
    def Remove(self, name):
        block = f"{ROOT}/block_devices/{name}"
        self.objects.pop(block, None)
        self.objects.pop(f"{ROOT}/drives/{name}", None)
        self.InterfacesRemoved(block, [f"{NAME}.Block"])


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SystemBus()
name = dbus.service.BusName(NAME, bus)
disks = Disks(bus)
print("ready", flush=True)
GLib.MainLoop().run()
