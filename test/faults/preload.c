/*
 * Put before the C library by LD_PRELOAD: makes the disk fail and the clock jump, as a shared file tells it to.
 * preload.ts builds it and writes that file; the numbers below stand there too.
 *
 * Only files whose path holds PORTCULLIS_FAULT_FILES are touched. A power cut is modelled as a disk with a write cache
 * shows it: what was synced stays; of every write after that some are kept, some dropped, some torn at a sector, in any
 * order; then the process is killed. Renames and truncations count as done at once.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { NONE, FAIL_SYNC, FAIL_WRITE, NO_SPACE, SHORT_WRITE, POWER_CUT };
enum { SECTOR = 512, PATHS = 4096 };

struct control {
  uint32_t mode;
  uint32_t skip;  /* calls to let pass first */
  uint32_t times; /* calls to spoil; 0: until told otherwise */
  uint32_t seed;
  uint32_t spoilt; /* told back */
  uint32_t seen;
  int64_t clock_ms; /* added to the wall clock */
};

struct undo {
  struct undo *before;
  char path[PATHS];
  ino_t inode;
  off_t at, size_before;
  size_t length, old_length;
  unsigned char *fresh, *old;
};

static struct control nothing, *control = &nothing;
static const char *files;
static struct undo *newest;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
  real_write = dlsym(RTLD_NEXT, "write");
  real_writev = dlsym(RTLD_NEXT, "writev");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  files = getenv("PORTCULLIS_FAULT_FILES");
  const char *file = getenv("PORTCULLIS_FAULT_CONTROL");
  int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *shared = mmap(NULL, sizeof nothing, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (shared != MAP_FAILED) control = shared;
  close(fd);
}

static uint32_t drawn(void) {
  uint32_t x = control->seed ? control->seed : 1;
  x ^= x << 13, x ^= x >> 17, x ^= x << 5;
  return control->seed = x;
}

static int concerned(int fd, char *path) {
  char link[64];
  if (control->mode == NONE || !files) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATHS - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  /* SQLite's shared index is mapped, begun anew after a crash, and not to be cut under those who look into it. */
  if (control->mode == POWER_CUT && length > 4 && !strcmp(path + length - 4, "-shm")) return 0;
  return strstr(path, files) != NULL;
}

/* Whether this call is one to spoil. */
static int due(void) {
  control->seen++;
  if (control->skip > 0) return control->skip--, 0;
  if (control->times > 0 && control->spoilt >= control->times) return 0;
  control->spoilt++;
  return 1;
}

static void remember(int fd, const char *path, const void *bytes, size_t length, off_t at) {
  struct stat is;
  struct undo *u = calloc(1, sizeof *u);
  if (!u || fstat(fd, &is)) abort();
  snprintf(u->path, sizeof u->path, "%s", path);
  u->inode = is.st_ino, u->at = at, u->size_before = is.st_size, u->length = length;
  u->fresh = malloc(length), u->old = malloc(length);
  memcpy(u->fresh, bytes, length);
  ssize_t read = at < is.st_size ? pread(fd, u->old, length, at) : 0;
  u->old_length = read > 0 ? (size_t)read : 0;
  u->before = newest, newest = u;
}

/* Everything written to this file so far is on the disk for good. */
static void settle(int fd) {
  struct stat is;
  if (fstat(fd, &is)) return;
  for (struct undo **place = &newest; *place;) {
    struct undo *u = *place;
    if (u->inode != is.st_ino) { place = &u->before; continue; }
    *place = u->before;
    free(u->fresh), free(u->old), free(u);
  }
}

static int opened(const struct undo *u) {
  struct stat is;
  int fd = open(u->path, O_RDWR | O_CLOEXEC);
  if (fd >= 0 && (fstat(fd, &is) || is.st_ino != u->inode)) close(fd), fd = -1;
  return fd;
}

static void cut_the_power(void) {
  struct undo *kept[4096];
  size_t count = 0;
  for (struct undo *u = newest; u; u = u->before) {
    int fd = opened(u);
    if (fd < 0) continue;
    if (u->old_length) real_pwrite(fd, u->old, u->old_length, u->at);
    real_ftruncate(fd, u->size_before);
    close(fd);
    uint32_t fate = drawn() % 4;
    if (fate == 0 || count == 4096) continue;
    if (fate == 1 && u->length > SECTOR) u->length = SECTOR * (1 + drawn() % (u->length / SECTOR));
    kept[count++] = u;
  }
  while (count > 0) {
    size_t chosen = drawn() % count;
    struct undo *u = kept[chosen];
    kept[chosen] = kept[--count];
    int fd = opened(u);
    if (fd < 0) continue;
    real_pwrite(fd, u->fresh, u->length, u->at);
    close(fd);
  }
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* What becomes of a write: its new length, or -1 with errno set. */
static ssize_t judged(int fd, const char *path, const void *bytes, size_t length, off_t at) {
  struct stat is;
  switch (control->mode) {
    case FAIL_WRITE:
      if (due()) return errno = EIO, -1;
      break;
    case NO_SPACE:
      if (!fstat(fd, &is) && at + (off_t)length > is.st_size && due()) return errno = ENOSPC, -1;
      break;
    case SHORT_WRITE:
      if (length > 1 && due()) return (ssize_t)(1 + drawn() % (length - 1));
      break;
    case POWER_CUT:
      remember(fd, path, bytes, length, at);
      if (due()) cut_the_power();
      break;
  }
  return (ssize_t)length;
}

static off_t place_of(int fd) {
  struct stat is;
  if (fcntl(fd, F_GETFL) & O_APPEND) return fstat(fd, &is) ? 0 : is.st_size;
  return lseek(fd, 0, SEEK_CUR);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) {
  char path[PATHS];
  if (!concerned(fd, path)) return real_pwrite(fd, bytes, length, at);
  pthread_mutex_lock(&lock);
  ssize_t most = judged(fd, path, bytes, length, at);
  ssize_t done = most < 0 ? most : real_pwrite(fd, bytes, (size_t)most, at);
  int why = errno;
  pthread_mutex_unlock(&lock);
  return errno = why, done;
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return pwrite64(fd, bytes, length, at); }

ssize_t write(int fd, const void *bytes, size_t length) {
  char path[PATHS];
  if (!concerned(fd, path)) return real_write(fd, bytes, length);
  pthread_mutex_lock(&lock);
  ssize_t most = judged(fd, path, bytes, length, place_of(fd));
  ssize_t done = most < 0 ? most : real_write(fd, bytes, (size_t)most);
  int why = errno;
  pthread_mutex_unlock(&lock);
  return errno = why, done;
}

/* A gathered write may be short: only its first part is written then. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
  char path[PATHS];
  if (count < 1 || !concerned(fd, path)) return real_writev(fd, parts, count);
  return write(fd, parts[0].iov_base, parts[0].iov_len);
}

static int synced(int fd, int (*real)(int)) {
  char path[PATHS];
  if (!concerned(fd, path)) return real(fd);
  pthread_mutex_lock(&lock);
  int fails = control->mode == FAIL_SYNC && due();
  if (control->mode == POWER_CUT && due()) cut_the_power();
  int done = fails ? -1 : real(fd);
  int why = fails ? EIO : errno;
  if (done == 0) settle(fd);
  pthread_mutex_unlock(&lock);
  return errno = why, done;
}
int fsync(int fd) { return synced(fd, real_fsync); }
int fdatasync(int fd) { return synced(fd, real_fdatasync); }

int ftruncate64(int fd, off_t length) {
  char path[PATHS];
  if (concerned(fd, path)) {
    pthread_mutex_lock(&lock);
    settle(fd);
    pthread_mutex_unlock(&lock);
  }
  return real_ftruncate(fd, length);
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int clock_gettime(clockid_t which, struct timespec *now) {
  int done = real_clock_gettime(which, now);
  if (done || control->clock_ms == 0 || (which != CLOCK_REALTIME && which != CLOCK_REALTIME_COARSE)) return done;
  int64_t ms = control->clock_ms + now->tv_sec * 1000LL + now->tv_nsec / 1000000;
  now->tv_sec = ms / 1000, now->tv_nsec = (ms % 1000) * 1000000 + now->tv_nsec % 1000000;
  return 0;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  struct timespec exact;
  int done = clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec, now->tv_usec = exact.tv_nsec / 1000;
  return done;
}
time_t time(time_t *also) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (also) *also = exact.tv_sec;
  return exact.tv_sec;
}
