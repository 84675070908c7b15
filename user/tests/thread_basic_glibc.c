/* The same with glibc's threads: clone3, a restartable sequence that is refused, joins by shared futex. */
#include "thread_basic.c"
