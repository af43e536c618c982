/*
 * A driver for Wine only: makes devices appear and disappear as the program of the laboratory asks, with any identity.
 * A device may be told to be the disk of some number on USB, so that a volume leads to it as on a real Windows.
 */
#include <ddk/wdm.h>
#include <ntddstor.h>

#define ASK_PLUG 0x222000
#define NO_DISK 0xffffffff

/* What comes with ASK_PLUG; the two names follow each other, each ended by a zero. */
struct request {
  GUID class;
  ULONG present;
  ULONG disk;
  WCHAR names[1];
};

struct device {
  BOOLEAN control;
  BOOLEAN present;
  ULONG disk;
  GUID class;
  WCHAR id[200];
  WCHAR instance[100];
  UNICODE_STRING link;
  struct device *next;
};

static DRIVER_OBJECT *driver;
static struct device *devices;
static int count;

static SIZE_T length(const WCHAR *text) {
  SIZE_T n = 0;
  while (text[n]) n++;
  return n;
}

static BOOLEAN same(const WCHAR *one, const WCHAR *other) {
  while (*one && *one == *other) one++, other++;
  return *one == *other;
}

static void copy(WCHAR *to, const WCHAR *from, SIZE_T most) {
  SIZE_T n = 0;
  while (from[n] && n + 1 < most) to[n] = from[n], n++;
  to[n] = 0;
}

static NTSTATUS done(IRP *irp, NTSTATUS status, ULONG_PTR information) {
  irp->IoStatus.Status = status;
  irp->IoStatus.Information = information;
  IoCompleteRequest(irp, IO_NO_INCREMENT);
  return status;
}

static NTSTATUS WINAPI opened(DEVICE_OBJECT *object, IRP *irp) {
  return done(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS WINAPI asked(DEVICE_OBJECT *object, IRP *irp) {
  IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
  struct device *device = object->DeviceExtension;
  if (device->control) return done(irp, STATUS_NOT_SUPPORTED, 0);
  if (stack->MinorFunction == IRP_MN_QUERY_CAPABILITIES) {
    stack->Parameters.DeviceCapabilities.Capabilities->UniqueID = 1;
    return done(irp, STATUS_SUCCESS, 0);
  }
  if (stack->MinorFunction != IRP_MN_QUERY_ID) return done(irp, STATUS_NOT_SUPPORTED, 0);
  const WCHAR *name = stack->Parameters.QueryId.IdType == BusQueryDeviceID     ? device->id
                      : stack->Parameters.QueryId.IdType == BusQueryInstanceID ? device->instance
                                                                               : NULL;
  if (!name) return done(irp, irp->IoStatus.Status, irp->IoStatus.Information);
  SIZE_T n = length(name);
  WCHAR *answer = ExAllocatePoolWithTag(PagedPool, (n + 2) * sizeof(WCHAR), 0x4c414220);
  copy(answer, name, n + 1);
  answer[n + 1] = 0;
  return done(irp, STATUS_SUCCESS, (ULONG_PTR)answer);
}

static struct device *make(const struct request *request, const WCHAR *id, const WCHAR *instance) {
  WCHAR path[] = L"\\Device\\Laboratory00";
  UNICODE_STRING name;
  DEVICE_OBJECT *object;
  count++;
  path[18] = '0' + count / 10;
  path[19] = '0' + count % 10;
  RtlInitUnicodeString(&name, path);
  if (IoCreateDevice(driver, sizeof(struct device), &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &object)) return NULL;
  struct device *device = object->DeviceExtension;
  device->control = FALSE;
  device->class = request->class;
  copy(device->id, id, 200);
  copy(device->instance, instance, 100);
  object->Flags &= ~DO_DEVICE_INITIALIZING;
  if (IoRegisterDeviceInterface(object, &device->class, NULL, &device->link)) return NULL;
  device->next = devices;
  return devices = device;
}

static NTSTATUS plug(IRP *irp) {
  const struct request *request = irp->AssociatedIrp.SystemBuffer;
  const WCHAR *id = request->names, *instance = id + length(id) + 1;
  struct device *device = devices;
  while (device && !(same(device->id, id) && same(device->instance, instance) &&
                     RtlCompareMemory(&device->class, &request->class, sizeof(GUID)) == sizeof(GUID)))
    device = device->next;
  if (!device) device = make(request, id, instance);
  if (!device) return done(irp, STATUS_UNSUCCESSFUL, 0);
  device->disk = request->disk;
  return done(irp, IoSetDeviceInterfaceState(&device->link, request->present ? TRUE : FALSE), 0);
}

static NTSTATUS number(IRP *irp, const struct device *device) {
  STORAGE_DEVICE_NUMBER *answer = irp->AssociatedIrp.SystemBuffer;
  answer->DeviceType = FILE_DEVICE_DISK;
  answer->DeviceNumber = device->disk;
  answer->PartitionNumber = 0;
  return done(irp, STATUS_SUCCESS, sizeof *answer);
}

static NTSTATUS describe(IRP *irp, ULONG room) {
  STORAGE_DEVICE_DESCRIPTOR *answer = irp->AssociatedIrp.SystemBuffer;
  if (room < sizeof *answer) return done(irp, STATUS_BUFFER_TOO_SMALL, 0);
  unsigned char *bytes = (unsigned char *)answer;
  for (ULONG n = 0; n < sizeof *answer; n++) bytes[n] = 0;
  answer->Version = answer->Size = sizeof *answer;
  answer->RemovableMedia = TRUE;
  answer->BusType = BusTypeUsb;
  return done(irp, STATUS_SUCCESS, sizeof *answer);
}

static NTSTATUS WINAPI controlled(DEVICE_OBJECT *object, IRP *irp) {
  IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
  struct device *device = object->DeviceExtension;
  ULONG code = stack->Parameters.DeviceIoControl.IoControlCode;
  if (device->control) return code == ASK_PLUG ? plug(irp) : done(irp, STATUS_NOT_SUPPORTED, 0);
  if (device->disk == NO_DISK) return done(irp, STATUS_NOT_SUPPORTED, 0);
  if (code == IOCTL_STORAGE_GET_DEVICE_NUMBER) return number(irp, device);
  if (code == IOCTL_STORAGE_QUERY_PROPERTY)
    return describe(irp, stack->Parameters.DeviceIoControl.OutputBufferLength);
  return done(irp, STATUS_NOT_SUPPORTED, 0);
}

NTSTATUS NTAPI DriverEntry(DRIVER_OBJECT *object, UNICODE_STRING *path) {
  UNICODE_STRING name, link;
  DEVICE_OBJECT *control;
  driver = object;
  RtlInitUnicodeString(&name, L"\\Device\\Laboratory");
  RtlInitUnicodeString(&link, L"\\DosDevices\\Laboratory");
  NTSTATUS status = IoCreateDevice(object, sizeof(struct device), &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &control);
  if (status) return status;
  ((struct device *)control->DeviceExtension)->control = TRUE;
  object->MajorFunction[IRP_MJ_CREATE] = opened;
  object->MajorFunction[IRP_MJ_CLOSE] = opened;
  object->MajorFunction[IRP_MJ_PNP] = asked;
  object->MajorFunction[IRP_MJ_DEVICE_CONTROL] = controlled;
  control->Flags &= ~DO_DEVICE_INITIALIZING;
  return IoCreateSymbolicLink(&link, &name);
}
