/* Chains of processes, each of which forks and exits at once: every one is buried, none is lost or found twice. */
#include "ktap.h"

int main(int argc, char **argv)
{
	long rounds = argument(argc, argv, 100);
	int *count = map_shared(PAGE), bad = 0;
	struct gate last = gate_new();

	plan(2);
	for (long i = 0; i < rounds; i++) {
		pid_t pid = must_fork();

		if (pid == 0) {
			for (int depth = 0; depth < 3; depth++) {
				__atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
				if (must_fork() > 0)
					_exit(0);
			}
			gate_open(&last);
			_exit(0);
		}
		bad += outcome(pid) != 0;
		gate_wait(&last);
	}
	same(bad, 0, "each first child ended well");
	same(*count, 3 * rounds, "each process of each chain ran");
	return done();
}
