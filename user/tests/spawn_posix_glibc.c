/* The same with glibc. */
#include "spawn_posix.c"
