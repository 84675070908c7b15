/* /proc/self: stat, status, maps, cmdline, fd of the process itself, of a child, of a zombie, of nobody. */
#include "ktap.h"
#include <dirent.h>

static char text[16384];

static const char *slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	size_t len = 0;
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	text[n < 0 ? 0 : len] = 0;
	close(fd);
	return text;
}

static char state_of(pid_t pid)
{
	char path[40], state = '?';

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	sscanf(slurp(path), "%*d (%*[^)]) %c", &state);
	return state;
}

static void check_stat(void)
{
	int pid = 0, ppid = 0, pgrp = 0, session = 0, fields = 0;
	char comm[20] = "", state = 0;

	slurp("/proc/self/stat");
	sscanf(text, "%d (%19[^)]) %c %d %d %d", &pid, comm, &state, &ppid, &pgrp, &session);
	ok(pid == getpid() && ppid == getppid() && pgrp == getpgrp() && session == getsid(0), "stat: the family");
	ok(!strcmp(comm, "proc_self") && state == 'R', "stat: name and state");
	for (char *p = text; *p; p++)
		fields += *p == ' ' || *p == '\n';
	same(fields, 52, "stat: 52 fields");
}

static void check_maps(void)
{
	unsigned long from, to, here = (unsigned long)check_maps, stack = (unsigned long)&from;
	int text_seen = 0, stack_seen = 0, sorted = 1;
	unsigned long last = 0;
	char prot[5], *line = (char *)slurp("/proc/self/maps");

	for (; line && sscanf(line, "%lx-%lx %4s", &from, &to, prot) == 3; line = strchr(line, '\n')) {
		text_seen += from <= here && here < to && !strcmp(prot, "r-xp");
		stack_seen += from <= stack && stack < to && !strcmp(prot, "rw-p");
		sorted &= from >= last && to > from;
		last = to;
		if (strchr(line + 1, '\n'))
			line++;
	}
	same(text_seen, 1, "maps: the text is r-xp");
	same(stack_seen, 1, "maps: the stack is rw-p");
	ok(sorted, "maps: in order, none overlapping");
}

static void check_fd(void)
{
	int fd = open("/dev/null", O_RDONLY), found = 0;
	char path[40], target[40] = "";
	struct dirent *e;
	DIR *d = opendir("/proc/self/fd");

	while (d && (e = readdir(d)))
		found += atoi(e->d_name) == fd && fd > 0;
	same(found, 1, "fd: an open descriptor is listed");
	closedir(d);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	need(readlink(path, target, sizeof(target) - 1) > 0);
	ok(!strcmp(target, "/dev/null"), "fd: a link to its file");
	close(fd);
}

int main(void)
{
	char path[40];
	pid_t pid;

	plan(15);
	check_stat();
	ok(strstr(slurp("/proc/self/status"), "Name:\tproc_self\n"), "status: Name");
	snprintf(path, sizeof(path), "\nPid:\t%d\nPPid:\t%d\n", getpid(), getppid());
	ok(strstr(text, path), "status: Pid and PPid");
	check_maps();
	ok(strstr(slurp("/proc/self/cmdline"), "/proc_self"), "cmdline: the arguments");
	check_fd();
	pid = must_fork();
	if (pid == 0)
		for (;;)
			pause();
	sleep_ms(20);
	same(state_of(pid), 'S', "a child that waits sleeps: S");
	kill(pid, SIGKILL);
	for (int tries = 0; state_of(pid) != 'Z' && tries < 1000; tries++)
		sleep_ms(1);
	same(state_of(pid), 'Z', "killed, it is a zombie: Z");
	same(outcome(pid), KILLED_BY(SIGKILL), "waited for,");
	snprintf(path, sizeof(path), "/proc/%d", pid);
	fails(access(path, F_OK), ENOENT, "it has no folder any more");
	return done();
}
