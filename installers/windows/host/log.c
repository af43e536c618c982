#include "host.h"
#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

static const LONGLONG largest_log = 8 * 1024 * 1024;

// The full path of a file of this installation, in LONGEST_PATH characters; empty when that is too little.
void program_path(wchar_t *path, const wchar_t *file) {
  DWORD length = GetModuleFileNameW(NULL, path, LONGEST_PATH);
  wchar_t *end = length > 0 && length < LONGEST_PATH ? wcsrchr(path, L'\\') : NULL;
  if (end == NULL || (size_t)(end - path) + wcslen(file) + 2 > LONGEST_PATH) {
    path[0] = 0;
    return;
  }
  wcscpy(end + 1, file);
}

static void put_aside_when_large(const wchar_t *path) {
  WIN32_FILE_ATTRIBUTE_DATA facts;
  if (!GetFileAttributesExW(path, GetFileExInfoStandard, &facts)) return;
  if ((((LONGLONG)facts.nFileSizeHigh << 32) | facts.nFileSizeLow) < largest_log) return;
  wchar_t former[LONGEST_PATH];
  program_path(former, L"agent.former.log");
  MoveFileExW(path, former, MOVEFILE_REPLACE_EXISTING);
}

// Open for appending, and to be inherited by the agent, whose words go there too. The caller closes it.
HANDLE log_open(void) {
  wchar_t path[LONGEST_PATH];
  program_path(path, L"agent.log");
  put_aside_when_large(path);
  SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
  DWORD sharing = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  return CreateFileW(path, FILE_APPEND_DATA, sharing, &inherited, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
}

// One line of JSON, as the agent's own are. The text is ours, never a device's.
void log_line(const char *format, ...) {
  char text[400], line[600];
  va_list values;
  va_start(values, format);
  vsnprintf(text, sizeof text, format, values);
  va_end(values);
  SYSTEMTIME now;
  GetSystemTime(&now);
  int length = snprintf(line, sizeof line, "{\"time\":\"%04u-%02u-%02uT%02u:%02u:%02u.%03uZ\",\"host\":\"%s\"}\n", now.wYear,
                        now.wMonth, now.wDay, now.wHour, now.wMinute, now.wSecond, now.wMilliseconds, text);
  HANDLE log = log_open();
  DWORD written;
  if (log == INVALID_HANDLE_VALUE) return;
  WriteFile(log, line, (DWORD)length, &written, NULL);
  CloseHandle(log);
}
