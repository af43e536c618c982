// The service host of Portcullis: a Windows service that runs the agent (Node) as its child and tells it, in lines of
// text on its standard input, what only a service or a window hears. The child ends when that input closes.
#ifndef PORTCULLIS_HOST_H
#define PORTCULLIS_HOST_H
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#define SERVICE_NAME L"PortcullisAgent"
#define LONGEST_PATH 1024
// The agent takes a line of 2048 characters at most; UTF-8 has up to three bytes for each of these.
#define LONGEST_INTERFACE 1024

// agent.c: the child.
void agent_prepare(void);
void agent_keep_running(HANDLE stop, void (*still_stopping)(void));
// Tells a line, or drops it when the agent does not read: every line is a hint, and its own looks are the truth.
void agent_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

// devices.c: the ear for devices. Returns once it hears, or cannot.
void devices_listen(void);

// log.c: agent.log beside the program, where only administrators may write.
void program_path(wchar_t *path, const wchar_t *file);
HANDLE log_open(void);
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
#endif
