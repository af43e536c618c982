#include "host.h"
#include <stdarg.h>
#include <stdio.h>

// All in milliseconds. A stop gives devices back their former state, which takes a while.
static const DWORD shortest_pause = 1000, longest_pause = 60000, steady = 60000, time_to_stop = 25000;

static HANDLE job;
static CRITICAL_SECTION telling;
static HANDLE agent_input; // guarded by `telling`
static BOOL line_cut;      // guarded by `telling`

// Windows ends all processes of the job when the last handle to it closes, so that nothing outlives this host.
void agent_prepare(void) {
  InitializeCriticalSection(&telling);
  job = CreateJobObjectW(NULL, NULL);
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
  // Whoever may set the computer's variables must not thereby add code to the agent.
  SetEnvironmentVariableW(L"NODE_OPTIONS", NULL);
}

static void set_input(HANDLE input) {
  EnterCriticalSection(&telling);
  if (agent_input != NULL) CloseHandle(agent_input);
  agent_input = input;
  line_cut = FALSE;
  LeaveCriticalSection(&telling);
}

// Never waits: the pipe gives back control when it is full. What was cut then gets its end before the next line.
void agent_tell(const char *format, ...) {
  char line[4096];
  va_list values;
  va_start(values, format);
  int length = vsnprintf(line, sizeof line, format, values);
  va_end(values);
  if (length < 0 || length >= (int)sizeof line) return;
  EnterCriticalSection(&telling);
  DWORD written = 0;
  if (agent_input != NULL && line_cut && WriteFile(agent_input, "\n", 1, &written, NULL) && written == 1) line_cut = FALSE;
  if (agent_input != NULL && !line_cut) {
    written = 0;
    WriteFile(agent_input, line, (DWORD)length, &written, NULL);
    line_cut = written > 0 && written < (DWORD)length;
  }
  LeaveCriticalSection(&telling);
}

static BOOL make_input(HANDLE *reading, HANDLE *writing) {
  SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
  if (!CreatePipe(reading, writing, &inherited, 65536)) return FALSE;
  DWORD without_waiting = PIPE_READMODE_BYTE | PIPE_NOWAIT;
  SetHandleInformation(*writing, HANDLE_FLAG_INHERIT, 0);
  SetNamedPipeHandleState(*writing, &without_waiting, NULL, NULL);
  return TRUE;
}

// Suspended at first, so that it is in the job before it can start anything. NULL when it cannot be started.
static HANDLE start_agent(void) {
  wchar_t node[LONGEST_PATH], script[LONGEST_PATH], folder[LONGEST_PATH], command[2 * LONGEST_PATH + 64];
  program_path(node, L"bin\\node.exe");
  program_path(script, L"agent\\portcullis-agent.cjs");
  program_path(folder, L"");
  swprintf(command, sizeof command / sizeof *command, L"\"%ls\" \"%ls\" run --stop-with-input", node, script);
  HANDLE reading, writing, log = log_open();
  if (!make_input(&reading, &writing)) return NULL;
  STARTUPINFOW start = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES, .hStdInput = reading};
  start.hStdOutput = start.hStdError = log == INVALID_HANDLE_VALUE ? NULL : log;
  PROCESS_INFORMATION agent;
  DWORD how = CREATE_NO_WINDOW | CREATE_SUSPENDED;
  BOOL started = CreateProcessW(node, command, NULL, NULL, TRUE, how, NULL, folder, &start, &agent);
  DWORD error = GetLastError();
  CloseHandle(reading);
  if (log != INVALID_HANDLE_VALUE) CloseHandle(log);
  if (!started) {
    CloseHandle(writing);
    log_line("the agent cannot be started: error %lu", error);
    return NULL;
  }
  AssignProcessToJobObject(job, agent.hProcess);
  ResumeThread(agent.hThread);
  CloseHandle(agent.hThread);
  set_input(writing);
  log_line("the agent runs as process %lu", agent.dwProcessId);
  return agent.hProcess;
}

// The agent stops by itself when its input closes; one that does not is ended.
static void stop_agent(HANDLE agent, void (*still_stopping)(void)) {
  set_input(NULL);
  for (DWORD waited = 0; WaitForSingleObject(agent, 1000) != WAIT_OBJECT_0; waited += 1000) {
    still_stopping();
    if (waited < time_to_stop) continue;
    log_line("the agent did not stop in time and is ended");
    TerminateJobObject(job, 1);
    WaitForSingleObject(agent, 5000);
    break;
  }
}

// Starts the agent again whenever it has ended, at once after a steady run and ever later otherwise, until told to stop.
void agent_keep_running(HANDLE stop, void (*still_stopping)(void)) {
  DWORD pause = shortest_pause;
  do {
    ULONGLONG since = GetTickCount64();
    HANDLE agent = start_agent();
    HANDLE either[] = {stop, agent};
    if (agent != NULL && WaitForMultipleObjects(2, either, FALSE, INFINITE) == WAIT_OBJECT_0) {
      stop_agent(agent, still_stopping);
      CloseHandle(agent);
      return;
    }
    set_input(NULL);
    DWORD status = 0;
    if (agent != NULL) {
      GetExitCodeProcess(agent, &status);
      CloseHandle(agent);
      // Whatever it had started must not meet its successor.
      TerminateJobObject(job, 1);
    }
    BOOL was_steady = GetTickCount64() - since >= steady;
    pause = was_steady ? shortest_pause : pause;
    log_line("the agent ended with status %lu; it starts again in %lu ms", status, pause);
    if (WaitForSingleObject(stop, pause) == WAIT_OBJECT_0) return;
    pause = pause * 2 < longest_pause ? pause * 2 : longest_pause;
  } while (TRUE);
}
