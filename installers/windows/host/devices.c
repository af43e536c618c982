#include "host.h"
#include <dbt.h>

// CM_Register_Notification, as cfgmgr32.h of the Windows SDK has it: it is missing in that of mingw-w64.
enum { FILTER_INTERFACE = 0, EVERY_INTERFACE_CLASS = 1, ARRIVAL = 0, REMOVAL = 1 };
struct notify_filter {
  DWORD size, flags, type, reserved;
  union {
    GUID interface_class;
    HANDLE target;
    wchar_t instance[200];
  } of;
};
struct notify_event {
  DWORD type, reserved;
  GUID interface_class;
  wchar_t path[];
};
typedef DWORD CALLBACK notify_callback(void *handle, void *context, DWORD action, struct notify_event *event, DWORD size);
typedef DWORD WINAPI register_notification(struct notify_filter *, void *context, notify_callback *, void **handle);

// A path with a control character would be more than one line, so it is not told.
static void tell_device(const char *change, const wchar_t *path, size_t most) {
  char text[3 * LONGEST_INTERFACE + 1];
  size_t length = 0;
  while (length < most && path[length] != 0) {
    if (path[length] < L' ' || path[length] == 0x7f) return;
    length++;
  }
  if (length == 0 || length > LONGEST_INTERFACE) return;
  int bytes = WideCharToMultiByte(CP_UTF8, 0, path, (int)length, text, sizeof text - 1, NULL, NULL);
  if (bytes <= 0) return;
  text[bytes] = 0;
  agent_tell("device %s %s\n", change, text);
}

static DWORD CALLBACK on_interface(void *handle, void *context, DWORD action, struct notify_event *event, DWORD size) {
  (void)handle, (void)context;
  size_t before = offsetof(struct notify_event, path);
  if ((action != ARRIVAL && action != REMOVAL) || event->type != FILTER_INTERFACE || size < before) return ERROR_SUCCESS;
  tell_device(action == ARRIVAL ? "add" : "remove", event->path, (size - before) / sizeof(wchar_t));
  return ERROR_SUCCESS;
}

// From Windows 8 on. Needs no window, and tells every class of devices.
static BOOL listen_by_manager(void) {
  HMODULE library = LoadLibraryExW(L"cfgmgr32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
  if (library == NULL) return FALSE;
  register_notification *listen = (register_notification *)(void *)GetProcAddress(library, "CM_Register_Notification");
  struct notify_filter every = {.size = sizeof every, .flags = EVERY_INTERFACE_CLASS, .type = FILTER_INTERFACE};
  void *handle;
  return listen != NULL && listen(&every, NULL, on_interface, &handle) == 0;
}

static BOOL listen_by_window(HWND window) {
  DEV_BROADCAST_DEVICEINTERFACE_W every = {.dbcc_size = sizeof every, .dbcc_devicetype = DBT_DEVTYP_DEVICEINTERFACE};
  DWORD how = DEVICE_NOTIFY_WINDOW_HANDLE | DEVICE_NOTIFY_ALL_INTERFACE_CLASSES;
  return RegisterDeviceNotificationW(window, &every, how) != NULL;
}

static void on_device_change(WPARAM event, const DEV_BROADCAST_HDR *what) {
  if (what == NULL || (event != DBT_DEVICEARRIVAL && event != DBT_DEVICEREMOVECOMPLETE)) return;
  const char *change = event == DBT_DEVICEARRIVAL ? "add" : "remove";
  if (what->dbch_devicetype == DBT_DEVTYP_VOLUME)
    agent_tell("volume %s %lx\n", change, ((const DEV_BROADCAST_VOLUME *)what)->dbcv_unitmask);
  if (what->dbch_devicetype == DBT_DEVTYP_DEVICEINTERFACE) {
    const DEV_BROADCAST_DEVICEINTERFACE_W *device = (const DEV_BROADCAST_DEVICEINTERFACE_W *)what;
    size_t before = offsetof(DEV_BROADCAST_DEVICEINTERFACE_W, dbcc_name);
    if (what->dbch_size > before) tell_device(change, device->dbcc_name, (what->dbch_size - before) / sizeof(wchar_t));
  }
}

static LRESULT CALLBACK on_message(HWND window, UINT message, WPARAM w, LPARAM l) {
  if (message != WM_DEVICECHANGE) return DefWindowProcW(window, message, w, l);
  on_device_change(w, (const DEV_BROADCAST_HDR *)l);
  return TRUE;
}

// Drive letters are broadcast to top-level windows only, so there is one, never shown.
static DWORD WINAPI listen(void *ready) {
  WNDCLASSEXW kind = {.cbSize = sizeof kind, .lpfnWndProc = on_message, .lpszClassName = L"PortcullisHost"};
  kind.hInstance = GetModuleHandleW(NULL);
  RegisterClassExW(&kind);
  HWND window = CreateWindowExW(0, kind.lpszClassName, L"", 0, 0, 0, 0, 0, NULL, NULL, kind.hInstance, NULL);
  BOOL by_manager = listen_by_manager();
  BOOL by_window = !by_manager && window != NULL && listen_by_window(window);
  log_line("devices are heard by %s; drive letters: %s", by_manager ? "the device manager" : by_window ? "a window" : "nothing",
           window != NULL ? "yes" : "no");
  SetEvent((HANDLE)ready);
  MSG message;
  while (window != NULL && GetMessageW(&message, NULL, 0, 0) > 0) DispatchMessageW(&message);
  return 0;
}

void devices_listen(void) {
  HANDLE ready = CreateEventW(NULL, TRUE, FALSE, NULL);
  HANDLE thread = CreateThread(NULL, 0, listen, ready, 0, NULL);
  if (thread == NULL) return;
  // Listening comes before the agent's first look, so that nothing plugged in between is missed. The event stays open:
  // a slow thread may still set it.
  WaitForSingleObject(ready, 10000);
  CloseHandle(thread);
}
