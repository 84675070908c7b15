/*
 * posix_spawn(3) of the libc, on top of clone with CLONE_VM and CLONE_VFORK: file actions and attributes reach the
 * program, errors reach the caller, and the caller's memory and descriptors stay as they were. Runs itself.
 */
#include "ktap.h"

#include <spawn.h>
#include <sys/resource.h>

static char *const env[] = { "NAME=value", NULL };
static const char me[] = "/proc/self/exe";

/* What the program finds, as its exit code. */
static int child(const char *what)
{
	sigset_t blocked;
	struct sigaction usr1;
	char text[8] = "";

	if (strcmp(what, "env") == 0)
		return getenv("NAME") && strcmp(getenv("NAME"), "value") == 0 ? 7 : 1;
	if (strcmp(what, "files") == 0)
		return read(10, text, 5) == 5 && strcmp(text, "hello") == 0 && fcntl(11, F_GETFD) == -1 ? 8 : 1;
	if (strcmp(what, "signals") == 0) {
		sigprocmask(SIG_BLOCK, NULL, &blocked);
		sigaction(SIGUSR1, NULL, &usr1);
		return sigismember(&blocked, SIGUSR2) && !sigismember(&blocked, SIGTERM) && usr1.sa_handler == SIG_DFL ? 9 : 1;
	}
	if (strcmp(what, "group") == 0)
		return getpgrp() == getpid() ? 10 : 1;
	return 2;
}

static int spawn(const char *path, const char *what, posix_spawn_file_actions_t *actions, posix_spawnattr_t *attr)
{
	char *argv[] = { "spawned", (char *)what, NULL };
	pid_t pid = 0;
	int err = posix_spawn(&pid, path, actions, attr, argv, env);

	return err ? -err : outcome(pid);
}

static void with_files(void)
{
	posix_spawn_file_actions_t actions;
	const char *path = tmp_name("");
	int fd = tmp_file(path, "hello", 5);

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, 11);
	posix_spawn_file_actions_addopen(&actions, 10, path, O_RDONLY, 0);
	posix_spawn_file_actions_addclose(&actions, 11);
	same(spawn(me, "files", &actions, NULL), 8, "opened, duplicated and closed");
	ok(fcntl(10, F_GETFD) == -1 && fcntl(11, F_GETFD) == -1, "in the child alone");
	posix_spawn_file_actions_addopen(&actions, 12, "/nowhere", O_RDONLY, 0);
	same(spawn(me, "files", &actions, NULL), -ENOENT, "what cannot be opened is the caller's error");
	posix_spawn_file_actions_destroy(&actions);
	close(fd);
	unlink(path);
}

static void with_attributes(void)
{
	posix_spawnattr_t attr;
	sigset_t set;

	signal(SIGUSR1, SIG_IGN);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	posix_spawnattr_setsigdefault(&attr, &set);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	posix_spawnattr_setsigmask(&attr, &set);
	same(spawn(me, "signals", NULL, &attr), 9, "a mask, and a handler back to its default");
	sigprocmask(SIG_BLOCK, NULL, &set);
	ok(!sigismember(&set, SIGUSR2) && signal(SIGUSR1, SIG_DFL) == SIG_IGN, "the caller keeps its own");
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setpgroup(&attr, 0);
	same(spawn(me, "group", NULL, &attr), 10, "a group of its own");
	posix_spawnattr_setpgroup(&attr, 999999);
	ok(spawn(me, "group", NULL, &attr) < 0, "a group that there is not is refused");
	posix_spawnattr_destroy(&attr);
}

/* The libc may need a descriptor for itself, or not. */
static int one_of(int result)
{
	return result == 7 || result == -EMFILE;
}

int main(int argc, char **argv)
{
	int alive = 5;
	pid_t pid;

	if (argc > 1)
		return child(argv[1]);
	plan(14);
	same(spawn(me, "env", NULL, NULL), 7, "a program with an environment");
	same(spawn("/nowhere", "env", NULL, NULL), -ENOENT, "no such program");
	same(spawn("/tmp", "env", NULL, NULL), -EACCES, "a folder");
	same(wait(NULL), -1, "no child is left of those that failed");
	with_files();
	with_attributes();
	ok(posix_spawnp(&pid, "true", NULL, NULL, (char *[]){ "true", NULL }, env) == 0 && outcome(pid) == 0,
	   "posix_spawnp finds it in PATH");
	for (int i = 0; i < 100; i++)
		alive += spawn(me, "env", NULL, NULL) == 7;
	same(alive, 105, "a hundred times");
	ok(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 3, 3 }) == 0 && one_of(spawn(me, "env", NULL, NULL)), "without descriptors");
	return done();
}
