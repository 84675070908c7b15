/* Ten thousand times (or as often as the argument says): fork, exit, wait. */
#include "ktap.h"

int main(int argc, char **argv)
{
	long rounds = argument(argc, argv, 10000), bad = 0;

	plan(1);
	for (long i = 0; i < rounds; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(i & 0x7f);
		bad += pid < 0 || outcome(pid) != (i & 0x7f);
	}
	same(bad, 0, "every child was made and told its own code");
	return done();
}
