#include "host.h"
#include <wtsapi32.h>

static SERVICE_STATUS_HANDLE service;
static HANDLE stop;
static const DWORD accepted = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN | SERVICE_ACCEPT_SESSIONCHANGE;
// Milliseconds. Longer than the agent gets to stop.
static const DWORD time_before_shutdown = 40000, patience = 10000;

static void report(DWORD state) {
  static DWORD step;
  BOOL pending = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;
  SERVICE_STATUS status = {.dwServiceType = SERVICE_WIN32_OWN_PROCESS, .dwCurrentState = state};
  status.dwControlsAccepted = state == SERVICE_RUNNING ? accepted : 0;
  status.dwCheckPoint = pending ? ++step : 0;
  status.dwWaitHint = pending ? patience : 0;
  SetServiceStatus(service, &status);
}

static void still_stopping(void) {
  report(SERVICE_STOP_PENDING);
}

// Must return at once: nothing here waits.
static DWORD WINAPI on_control(DWORD control, DWORD event, void *data, void *context) {
  (void)context;
  switch (control) {
  case SERVICE_CONTROL_STOP:
  case SERVICE_CONTROL_PRESHUTDOWN:
    report(SERVICE_STOP_PENDING);
    SetEvent(stop);
    return NO_ERROR;
  case SERVICE_CONTROL_SESSIONCHANGE:
    if (data != NULL) agent_tell("session %lu %lu\n", event, ((WTSSESSION_NOTIFICATION *)data)->dwSessionId);
    return NO_ERROR;
  case SERVICE_CONTROL_INTERROGATE:
    return NO_ERROR;
  default:
    return ERROR_CALL_NOT_IMPLEMENTED;
  }
}

// At every start, since what an installer writes there works only from the next start of the computer on.
static void restart_after_failure(void) {
  SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
  DWORD rights = SERVICE_CHANGE_CONFIG | SERVICE_START;
  SC_HANDLE self = manager != NULL ? OpenServiceW(manager, SERVICE_NAME, rights) : NULL;
  SC_ACTION after[] = {{SC_ACTION_RESTART, 5000}, {SC_ACTION_RESTART, 30000}, {SC_ACTION_RESTART, 60000}};
  SERVICE_FAILURE_ACTIONSW actions = {.dwResetPeriod = 86400, .cActions = 3, .lpsaActions = after};
  SERVICE_FAILURE_ACTIONS_FLAG on_every_failure = {TRUE};
  SERVICE_PRESHUTDOWN_INFO before_shutdown = {time_before_shutdown};
  BOOL set = self != NULL && ChangeServiceConfig2W(self, SERVICE_CONFIG_FAILURE_ACTIONS, &actions) &&
             ChangeServiceConfig2W(self, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &on_every_failure) &&
             ChangeServiceConfig2W(self, SERVICE_CONFIG_PRESHUTDOWN_INFO, &before_shutdown);
  if (!set) log_line("what follows a failure could not be set: error %lu", GetLastError());
  if (self != NULL) CloseServiceHandle(self);
  if (manager != NULL) CloseServiceHandle(manager);
}

static void WINAPI run(DWORD count, wchar_t **words) {
  (void)count, (void)words;
  stop = CreateEventW(NULL, TRUE, FALSE, NULL);
  service = RegisterServiceCtrlHandlerExW(SERVICE_NAME, on_control, NULL);
  if (service == NULL || stop == NULL) return;
  report(SERVICE_START_PENDING);
  devices_listen();
  restart_after_failure();
  report(SERVICE_RUNNING);
  agent_keep_running(stop, still_stopping);
  report(SERVICE_STOPPED);
}

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE former, wchar_t *command, int show) {
  (void)instance, (void)former, (void)command, (void)show;
  agent_prepare();
  SERVICE_TABLE_ENTRYW services[] = {{SERVICE_NAME, run}, {NULL, NULL}};
  return StartServiceCtrlDispatcherW(services) ? 0 : (int)GetLastError();
}
