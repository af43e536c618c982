/**
 * Words of systems and their tools, which say nothing of whose computer it is. What is missing here is replaced in a capture,
 * which costs a word and hurts nobody; so a word goes in only when a parser of the agent asks for it.
 */
const groups = {
  kernel: `action ata block bridge bus card cdrom class cd connected default dev device devices devname devnum devpath devtype
    disk diskseq driver dvd end false fixed floppy generic hid host hub id in interface interfaces is kernel loop major memory
    minor mmc modalias mtp name no none null nvme out partition partn pci platform power product removable ro root rw scsi sd
    seqnum slaves storage subsystem sys target true type uas uevent unknown usb usbhid version virtual yes uhci ehci ohci xhci`,
  places: `tools lsblk lsusb profiler diskutil ioreg fdesetup json pts ext range logical inodes blocks proc self run udev data media mnt home boot efi etc lib lib64 opt srv tmp usr var bin sbin dev shm snap log cache
    mountinfo partitions by uuid label path partuuid partlabel descriptors holders queue size start idvendor idproduct
    bdeviceclass bdevicesubclass bdeviceprotocol binterfaceclass binterfacesubclass binterfaceprotocol binterfacenumber
    bnuminterfaces bconfigurationvalue bcddevice speed authorized manufacturer serial vendor model rev wwid cid csd manfid oemid
    date rotational hidden backing file filesystems`,
  filesystems: `ext2 ext3 ext4 xfs btrfs vfat fat fat12 fat16 fat32 exfat ntfs ntfs3 refs apfs hfs iso9660 udf cdfs tmpfs
    devtmpfs sysfs cgroup cgroup2 overlay squashfs swap fuse fuseblk nfs nfs4 cifs smb3 smb autofs devpts mqueue debugfs tracefs
    securityfs pstore bpf configfs hugetlbfs binfmt misc efivarfs rpc pipefs fusectl ramfs nosuid nodev noexec relatime noatime
    shared master slave propagation mode gid uid errors remount utf8 iocharset codepage shortname mixed discard crypto luks luks1
    luks2 lvm lvm2 member raid linux bitlocker veracrypt filesystem msdos gpt dos mbr`,
  udev: `e s n i v g l q env usec initialized tags currenttags seat uaccess systemd id_vendor id_model input gphoto2 part table
    entry scheme number offset fs usage encoded enc revision short from database sas wwn with extension`,
  words: `a an and as at be by can for has have it its not of on or s such that the there this to was with`,
  windows: `hklm hku software system currentcontrolset currentversion control microsoft windows nt wow6432node policies
    uninstall run services enum usb usbstor disk cdrom wpdbusenumroot swd storage volume vid pid mi ven prod ms comp wpd
    harddiskvolume physicaldrive c d reg sz dword multi binary root cimv2 security securitycenter2 microsoftvolumeencryption
    win32 encryptablevolume win32_encryptablevolume antivirusproduct firewallproduct displayname displayversion publisher
    installdate productname currentbuild currentbuildnumber ubr editionid installationtype displayversion registry devices
    volumes wmi sessions interfaces power present paths list values value keys disable query ownerof accountname removable
    optical network unknown gendisk class subclass subclass_06 prot part call result map hex instanceid hardwareids
    compatibleids service location parent content descriptor fault letters namespace undefined removalpolicy problem bustype
    deviceid driveletter protectionstatus conversionstatus encryptionmethod productstate known folders explorer user shell
    desktop personal profilelist profileimagepath removablestoragedevices deviceinstall restrictions`,
  macos: `array dict plist string integer key true false date real apple public doctype identifiers deviceidentifier
    alldisks wholedisks volumesfromdisks disksandpartitions mountpoint volumename internal external physical synthesized
    apfsvolumes apfsphysicalstores ejectable removablemedia writable filevault on off is encryption busprotocol protocol sata
    ssd utf amp lt gt quot apos dtd com propertylist`,
} as const;

export const vocabulary: ReadonlySet<string> = new Set(
  Object.values(groups).flatMap((group) => group.split(/[\s_.]+/)),
);
