// What a program can do with files, and where it cannot go.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void try_open(const char *path, int flags) {
  int file = open(path, flags, 0600);
  printf("%s: %s\n", path, file < 0 ? strerror(errno) : "open");
  if (file >= 0) close(file);
}

int main(void) {
  try_open("/etc/passwd", O_RDONLY);
  try_open("/input/../etc/passwd", O_RDONLY);
  try_open("/input/list.txt", O_RDONLY);
  try_open("/input/list.txt", O_RDWR);
  try_open("/input/new", O_CREAT | O_RDWR);
  try_open("/scratch/new", O_CREAT | O_RDWR);
  FILE *file = fopen("/output/runs", "a+");
  if (file) {
    fputs("run\n", file);
    rewind(file);
    char line[16];
    int runs = 0;
    while (fgets(line, sizeof line, file)) runs++;
    fclose(file);
    printf("runs %d\n", runs);
  }
  printf("symlink %s\n", symlink("/etc", "/scratch/etc") ? strerror(errno) : "made");
  mkdir("/scratch/below", 0700);
  rename("/scratch/new", "/scratch/below/old");
  DIR *directory = opendir("/scratch/below");
  for (struct dirent *entry; directory && (entry = readdir(directory));)
    if (entry->d_name[0] != '.') printf("entry %s\n", entry->d_name);
  return 0;
}
