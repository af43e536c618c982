/*
 * Somebody in a hurry: woken by the kernel itself, not by udev, it reads, mounts and writes every block device that
 * appears, again and again, and says what it got. It also makes nodes of its own for disks that may come, and speaks
 * SCSI past the disk. Runs until killed. Lines: READY; USB PORT MILLISECONDS (when the kernel told of it, wall clock);
 * NODE DEVICE; SHUT DEVICE MILLISECONDS (after which a disk that could be written to was read-only);
 * LEAK read|scsi|file|write DEVICE.
 *   attacker [write] [FILE]     with "write" it also tries to put a mark on the medium; each writing to FILE is told as
 *                               STORED MILLISECONDS
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bsg.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <poll.h>
#include <scsi/sg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 64, NAME = 64 };

struct target {
  char name[NAME];
  int told_read, told_scsi, told_file, told_write, told_shut;
  long long since;
};

static struct target targets[MOST];
static int count;
static int writes;

static const char *filesystems[] = {"vfat", "exfat", "ext4", "iso9660", NULL};
static const char place[] = "/run/attacker";

static void leak(int *told, const char *how, const char *name) {
  if (!*told) printf("LEAK %s %s\n", how, name);
  *told = 1;
}

static long long milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void try_shut(struct target *t, const char *node) {
  int is_shut = 0, fd = open(node, O_RDONLY | O_NONBLOCK);
  if (fd < 0) return;
  if (ioctl(fd, BLKROGET, &is_shut) == 0 && is_shut && !t->told_shut) {
    printf("SHUT %s %lld\n", t->name, milliseconds() - t->since);
    t->told_shut = 1;
  }
  close(fd);
}

/* Around the page cache, so that only the device itself can answer. */
static void try_read(struct target *t, const char *node) {
  static char block[4096] __attribute__((aligned(4096)));
  int fd = open(node, O_RDONLY | O_DIRECT | O_NONBLOCK);
  if (fd < 0) return;
  if (read(fd, block, sizeof block) > 0) leak(&t->told_read, "read", t->name);
  close(fd);
}

/* READ(10) of the first block past the block layer. */
static void try_scsi(struct target *t, const char *node) {
  unsigned char command[10] = {0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0}, data[4096], sense[32];
  sg_io_hdr_t request = {.interface_id = 'S', .dxfer_direction = SG_DXFER_FROM_DEV, .cmd_len = sizeof command,
                         .mx_sb_len = sizeof sense, .dxfer_len = sizeof data, .dxferp = data, .cmdp = command,
                         .sbp = sense, .timeout = 2000};
  int fd = open(node, O_RDONLY | O_NONBLOCK);
  if (fd < 0) return;
  if (ioctl(fd, SG_IO, &request) == 0 && request.status == 0 && request.host_status == 0 &&
      request.resid < (int)sizeof data)
    leak(&t->told_scsi, "scsi", t->name);
  close(fd);
}

/* The same by the other of the two doors to SCSI, which the kernel opens for every unit. */
static void try_bsg(struct target *t, const char *node) {
  unsigned char command[10] = {0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0}, data[4096], sense[32];
  struct sg_io_v4 request = {.guard = 'Q', .request_len = sizeof command, .request = (uintptr_t)command,
                             .din_xfer_len = sizeof data, .din_xferp = (uintptr_t)data, .response = (uintptr_t)sense,
                             .max_response_len = sizeof sense, .timeout = 2000};
  int fd = open(node, O_RDWR | O_NONBLOCK);
  if (fd < 0) return;
  if (ioctl(fd, SG_IO, &request) == 0 && request.device_status == 0 && request.transport_status == 0 &&
      request.din_resid < (int)sizeof data)
    leak(&t->told_scsi, "scsi", t->name);
  close(fd);
}

static void try_file(struct target *t) {
  char path[sizeof place + 32], text[64];
  snprintf(path, sizeof path, "%s/canary.txt", place);
  int fd = open(path, O_RDONLY);
  if (fd < 0) return;
  if (read(fd, text, sizeof text) > 0) leak(&t->told_file, "file", t->name);
  close(fd);
}

static void try_write(struct target *t) {
  char path[sizeof place + 32];
  snprintf(path, sizeof path, "%s/attacked.txt", place);
  int fd = open(path, O_WRONLY | O_CREAT, 0600);
  if (fd < 0) return;
  if (write(fd, "attacked\n", 9) == 9 && fsync(fd) == 0) leak(&t->told_write, "write", t->name);
  close(fd);
}

static void try_mount(struct target *t, const char *node) {
  for (const char **type = filesystems; *type; type++) {
    if (mount(node, place, *type, writes ? 0 : MS_RDONLY, "") != 0) continue;
    try_file(t);
    if (writes) try_write(t);
    umount2(place, MNT_DETACH);
    return;
  }
}

static void attack(struct target *t) {
  char node[NAME + 8];
  if (!strncmp(t->name, "own-", 4)) {
    snprintf(node, sizeof node, "/run/%s", t->name);
    try_read(t, node);
    return;
  }
  snprintf(node, sizeof node, "/dev/%s", t->name);
  if (!strncmp(t->name, "bsg/", 4)) {
    try_bsg(t, node);
    return;
  }
  if (!strncmp(t->name, "sg", 2)) {
    try_scsi(t, node);
    return;
  }
  try_shut(t, node);
  try_read(t, node);
  try_mount(t, node);
}

/* Nodes for the first disks, made before there are any. */
static void make_nodes(void) {
  for (int disk = 0; disk < 3; disk++) {
    char path[NAME + 8];
    snprintf(targets[count].name, NAME, "own-sd%c", 'a' + disk);
    snprintf(path, sizeof path, "/run/%s", targets[count++].name);
    mknod(path, S_IFBLK | 0600, makedev(8, disk * 16));
  }
}

static void tell_usb(const char *path) {
  const char *port = strrchr(path, '/');
  printf("USB %s %lld\n", port ? port + 1 : path, milliseconds());
}

/* An uevent is a row of words, each ended by a zero. */
static void hear(const char *message, ssize_t length) {
  const char *name = NULL, *path = NULL;
  int is_disk = 0, is_usb = 0, is_new = !strncmp(message, "add@", 4) || !strncmp(message, "change@", 7);
  for (const char *word = message; word < message + length; word += strlen(word) + 1) {
    if (!strcmp(word, "SUBSYSTEM=block") || !strcmp(word, "SUBSYSTEM=scsi_generic") || !strcmp(word, "SUBSYSTEM=bsg"))
      is_disk = 1;
    if (!strcmp(word, "DEVTYPE=usb_device")) is_usb = 1;
    if (!strncmp(word, "DEVNAME=", 8)) name = word + 8;
    if (!strncmp(word, "DEVPATH=", 8)) path = word + 8;
  }
  if (is_usb && path && !strncmp(message, "add@", 4)) tell_usb(path);
  if (!is_disk || !is_new || !name || !strncmp(name, "loop", 4) || !strncmp(name, "dm-", 3)) return;
  if (!strncmp(message, "add@", 4)) printf("NODE %s\n", name);
  for (int i = 0; i < count; i++)
    if (!strcmp(targets[i].name, name)) return;
  if (count == MOST) return;
  snprintf(targets[count].name, NAME, "%s", name);
  targets[count].since = milliseconds();
  attack(&targets[count++]);
}

/* Told once for all writings that have come by now. */
static void hear_file(int file) {
  static char events[4096];
  if (file >= 0 && read(file, events, sizeof events) > 0) printf("STORED %lld\n", milliseconds());
}

static int watch_file(const char *path) {
  int file = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify_add_watch(file, path, IN_MODIFY) < 0) perror(path);
  return file;
}

int main(int argc, char **argv) {
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
  int news = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
  char message[8192];
  writes = argc > 1 && !strcmp(argv[1], "write");
  int file = argc > 2 ? watch_file(argv[2]) : -1;
  if (news < 0 || bind(news, (void *)&address, sizeof address) != 0) {
    perror("attacker");
    return 1;
  }
  mkdir(place, 0700);
  make_nodes();
  setvbuf(stdout, NULL, _IOLBF, 4096);
  printf("READY\n");
  for (;;) {
    struct pollfd heard = {.fd = news, .events = POLLIN};
    poll(&heard, 1, 1);
    hear_file(file);
    ssize_t length;
    while ((length = recv(news, message, sizeof message - 1, MSG_DONTWAIT)) > 0) {
      message[length] = 0;
      hear(message, length);
    }
    for (int i = 0; i < count; i++) attack(&targets[i]);
  }
}
