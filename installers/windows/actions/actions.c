// What the package has Windows Installer do besides its tables: hand the enrolment code to the agent without a trace,
// and give the computer back its former state. Each runs in a process of its own, as the system, and is told what it
// needs in one text, since by then properties cannot be asked.
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <msi.h>
#include <msiquery.h>
#include <sddl.h>
#include <stdio.h>
#include <wchar.h>

// The system and administrators, nobody else, whatever the folder above lets others do.
static const wchar_t *closed = L"D:P(A;;FA;;;SY)(A;;FA;;;BA)";
// Milliseconds. A release takes a second or two.
static const DWORD patience = 60000;
enum { LONGEST = 2048 };

// "first|second". Returns the second, and ends the first where it stands; NULL when there are not two.
static wchar_t *told(MSIHANDLE installation, wchar_t data[LONGEST]) {
  DWORD length = LONGEST;
  if (MsiGetPropertyW(installation, L"CustomActionData", data, &length) != ERROR_SUCCESS) return NULL;
  wchar_t *bar = wcschr(data, L'|');
  if (bar == NULL) return NULL;
  *bar = 0;
  return bar + 1;
}

static BOOL write_closed(const wchar_t *path, const char *bytes, DWORD length) {
  SECURITY_ATTRIBUTES rights = {sizeof rights, NULL, FALSE};
  if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(closed, SDDL_REVISION_1, &rights.lpSecurityDescriptor, NULL))
    return FALSE;
  // Rights are given to a new file only.
  DeleteFileW(path);
  HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, &rights, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
  LocalFree(rights.lpSecurityDescriptor);
  if (file == INVALID_HANDLE_VALUE) return FALSE;
  DWORD written = 0;
  BOOL done = WriteFile(file, bytes, length, &written, NULL) && written == length && FlushFileBuffers(file);
  CloseHandle(file);
  if (!done) DeleteFileW(path);
  return done;
}

// "path|code"
__declspec(dllexport) UINT __stdcall write_code(MSIHANDLE installation) {
  wchar_t data[LONGEST];
  char bytes[3 * LONGEST];
  const wchar_t *code = told(installation, data);
  int length = code == NULL ? 0 : WideCharToMultiByte(CP_UTF8, 0, code, -1, bytes, sizeof bytes, NULL, NULL);
  BOOL done = length > 1 && write_closed(data, bytes, (DWORD)length - 1);
  SecureZeroMemory(data, sizeof data);
  SecureZeroMemory(bytes, sizeof bytes);
  return done ? ERROR_SUCCESS : ERROR_INSTALL_FAILURE;
}

// "path|": the installation is undone.
__declspec(dllexport) UINT __stdcall forget_code(MSIHANDLE installation) {
  wchar_t path[LONGEST];
  if (told(installation, path) != NULL) DeleteFileW(path);
  return ERROR_SUCCESS;
}

static DWORD run_hidden(const wchar_t *program, wchar_t *command) {
  STARTUPINFOW start = {.cb = sizeof start};
  PROCESS_INFORMATION process;
  SetEnvironmentVariableW(L"NODE_OPTIONS", NULL);
  if (!CreateProcessW(program, command, NULL, NULL, FALSE, CREATE_NO_WINDOW, NULL, NULL, &start, &process)) return GetLastError();
  DWORD status = WAIT_TIMEOUT;
  if (WaitForSingleObject(process.hProcess, patience) == WAIT_OBJECT_0) GetExitCodeProcess(process.hProcess, &status);
  else TerminateProcess(process.hProcess, 1);
  CloseHandle(process.hThread);
  CloseHandle(process.hProcess);
  return status;
}

// "folder of the installation|words for the agent"
__declspec(dllexport) UINT __stdcall run_agent(MSIHANDLE installation) {
  wchar_t folder[LONGEST], program[LONGEST + 64], command[3 * LONGEST];
  const wchar_t *words = told(installation, folder);
  if (words == NULL) return ERROR_INSTALL_FAILURE;
  swprintf(program, sizeof program / sizeof *program, L"%lsbin\\node.exe", folder);
  swprintf(command, sizeof command / sizeof *command, L"\"%ls\" \"%lsagent\\portcullis-agent.cjs\" %ls", program, folder, words);
  return run_hidden(program, command) == 0 ? ERROR_SUCCESS : ERROR_INSTALL_FAILURE;
}
