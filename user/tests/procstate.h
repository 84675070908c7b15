/* procstate.h - the state of a process as /proc shows it. */
#pragma once

#include "ktap.h"

/* The letter of proc(5): R, S, D, T, Z ...; 0 if there is no such process. Touches its own stack only. */
static __unused_fn char state_of(pid_t pid)
{
	char path[40], text[200] = "", *at;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	at = strrchr(text, ')');
	return at ? at[2] : 0;
}

/* Wait, a second at most, until it is in @state. */
static __unused_fn int becomes(pid_t pid, char state)
{
	for (int i = 0; i < 1000; i++) {
		if (state_of(pid) == state)
			return 1;
		sleep_ms(1);
	}
	return 0;
}
