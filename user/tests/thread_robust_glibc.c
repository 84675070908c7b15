/* The same with glibc. */
#include "thread_robust.c"
