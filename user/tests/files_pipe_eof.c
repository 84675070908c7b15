/*
 * When a pipe ends, whatever became of the descriptors after fork: closed by either side, left to exit, or to exec.
 * The test holds the end for reading; a child of it and a grandchild hold the other, in every order of letting go.
 */
#include "ktap.h"
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>

enum how { BY_CLOSE, BY_EXIT, BY_EXEC, BY_DUP2, NR_HOWS };
static const char *const how_names[NR_HOWS] = { "close", "exit", "exec", "dup2" };

static int data[2];
static struct gate *go, *done_with;		/* one for each of the two */

/* Let go of the end for writing, then live on until told. */
static void let_go(int who, enum how how)
{
	char *argv[] = { "cat", NULL };

	gate_wait(&go[who]);
	switch (how) {
	case BY_CLOSE:
		need(close(data[1]) == 0);
		break;
	case BY_EXIT:
		_exit(0);
	case BY_EXEC:
		need(syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) == 0);
		dup2(go[who].fd[0], 0);
		dup2(done_with[who].fd[1], 1);
		gate_open(&done_with[who]);
		execv("/bin/cat", argv);
		_exit(1);
	default:
		need(dup2(0, data[1]) == data[1]);
	}
	gate_open(&done_with[who]);
	gate_wait(&go[who]);
	_exit(0);
}

static int at_end(int patience)
{
	struct pollfd p = { .fd = data[0], .events = POLLIN };

	return poll(&p, 1, patience) == 1 && (p.revents & POLLHUP);
}

/* Both have the end; first one lets go of it, then the other. Writes are possible up to the last. */
static int order(int first, enum how how[2])
{
	int second = !first, early, late;
	for (int i = 0; i < 2; i++) {
		go[i] = gate_new();
		done_with[i] = gate_new();
	}
	need(pipe(data) == 0);
	if (must_fork() == 0) {
		close(data[0]);
		if (must_fork() == 0)
			let_go(1, how[1]);
		let_go(0, how[0]);
	}
	need(close(data[1]) == 0);
	early = at_end(0);
	gate_open(&go[first]);
	if (how[first] != BY_EXIT)
		gate_wait(&done_with[first]);
	sleep_ms(2);
	early |= at_end(0);
	gate_open(&go[second]);
	late = at_end(2000);
	for (int i = 0; i < 2; i++) {
		gate_open(&go[i]);
		close(go[i].fd[1]);
		close(go[i].fd[0]);
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
	for (int i = 0; i < 2; i++) {
		close(done_with[i].fd[0]);
		close(done_with[i].fd[1]);
	}
	close(data[0]);
	return !early && late;
}

/* A process that shares its descriptors with its parent alone has no other descriptors for it. */
static int reader_goes(void)
{
	struct gate g = gate_new();
	pid_t pid;
	int fd[2], result;

	signal(SIGPIPE, SIG_IGN);
	need(pipe(fd) == 0);
	pid = must_fork();
	if (pid == 0) {
		gate_wait(&g);
		_exit(0);
	}
	close(fd[0]);
	result = write(fd[1], "x", 1) == 1;
	gate_open(&g);
	outcome(pid);
	result &= write(fd[1], "x", 1) == -1 && errno == EPIPE;
	close(fd[1]);
	close(g.fd[0]);
	close(g.fd[1]);
	return result;
}

/* Many processes have the same descriptors; the pipe ends with the last of them, whoever that is. */
static int many(int last)
{
	struct gate g[8];
	pid_t pids[8];
	int early = 0, late;

	need(pipe(data) == 0);
	for (int i = 0; i < 8; i++)
		g[i] = gate_new();
	for (int i = 0; i < 8; i++) {
		pids[i] = must_fork();
		if (pids[i] == 0) {
			gate_wait(&g[i]);
			_exit(0);
		}
	}
	close(data[1]);
	for (int i = 0; i < 8; i++) {
		if (i == last)
			continue;
		gate_open(&g[i]);
		outcome(pids[i]);
		early |= at_end(0);
	}
	gate_open(&g[last]);
	outcome(pids[last]);
	late = at_end(0);
	for (int i = 0; i < 8; i++) {
		close(g[i].fd[0]);
		close(g[i].fd[1]);
	}
	close(data[0]);
	return !early && late;
}

int main(void)
{
	static struct gate gates[4];
	char what[80];

	go = gates;
	done_with = gates + 2;
	need(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	plan(NR_HOWS * NR_HOWS * 2 + 4);
	for (int a = 0; a < NR_HOWS; a++) {
		for (int b = 0; b < NR_HOWS; b++) {
			for (int first = 0; first < 2; first++) {
				snprintf(what, sizeof(what), "parent by %s, child by %s, %s first", how_names[a],
					 how_names[b], first ? "child" : "parent");
				ok(order(first, (enum how[]){ a, b }), what);
			}
		}
	}
	ok(reader_goes(), "the end for reading goes with the child that shared it");
	ok(many(0) && many(3) && many(7), "of eight that share it, the last one ends it");
	ok(fcntl(3, F_GETFD) == -1, "and nothing is left open");
	ok(waitpid(-1, NULL, 0) == -1, "or unwaited for");
	return done();
}
