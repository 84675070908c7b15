/* fork and exec, many times: every program starts, every code comes back. */
#include "ktap.h"

int main(int argc, char **argv)
{
	long rounds = argument(argc, argv, 100), bad = 0;
	char code[20];

	if (argc == 3)
		return atoi(argv[2]);
	plan(1);
	for (long i = 0; i < rounds; i++) {
		pid_t pid = must_fork();

		if (pid == 0) {
			snprintf(code, sizeof(code), "%ld", i & 0x7f);
			execl(argv[0], argv[0], "exit", code, NULL);
			_exit(200);
		}
		bad += outcome(pid) != (i & 0x7f);
	}
	same(bad, 0, "all of them");
	return done();
}
