// Makes a tree below a directory that it opened, and takes it away again. Names have no directory before them.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *what, int failed) {
  printf("%s: %s\n", what, failed ? strerror(errno) : "done");
}

int main(void) {
  FILE *list = fopen("list.txt", "w");
  say("fopen", !list);
  if (list) {
    fputs("one\n", list);
    fclose(list);
  }
  say("mkdir", mkdir("tree", 0700));
  int tree = open("tree", O_RDONLY | O_DIRECTORY);
  say("open", tree < 0);
  say("mkdirat", mkdirat(tree, "branch", 0700));
  int branch = openat(tree, "branch", O_RDONLY | O_DIRECTORY);
  int leaf = openat(branch, "leaf", O_CREAT | O_WRONLY, 0600);
  say("openat", leaf < 0);
  struct timespec times[2] = {{.tv_sec = 7, .tv_nsec = 8}, {.tv_sec = 9, .tv_nsec = 123456789}};
  say("futimens", futimens(leaf, times));
  struct stat stats;
  fstat(leaf, &stats);
  printf("times %lld.%ld %lld.%ld\n", (long long)stats.st_atim.tv_sec, stats.st_atim.tv_nsec,
         (long long)stats.st_mtim.tv_sec, stats.st_mtim.tv_nsec);
  close(leaf);
  say("unlinkat", unlinkat(branch, "leaf", 0));
  close(branch);
  say("rmdir", unlinkat(tree, "branch", AT_REMOVEDIR));
  return 42;
}
