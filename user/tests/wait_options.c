/* Every option of waitid and wait4, alone and together, for each kind of child; what each leaves behind. */
#include "ktap.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <pthread.h>

static int nothing(void *arg)
{
	return (long)arg;
}

/* A child with another exit signal: a "clone child". */
static pid_t clone_child(int exit_signal, int code)
{
	static char stack[16384] __attribute__((aligned(16)));
	pid_t pid = clone(nothing, stack + sizeof(stack), exit_signal, (void *)(long)code);

	need(pid > 0);
	return pid;
}

static pid_t exiting(int code)
{
	pid_t pid = must_fork();

	if (pid == 0)
		_exit(code);
	return pid;
}

static void errors(void)
{
	siginfo_t info;
	int status;

	fails(wait4(-1, &status, 0, NULL), ECHILD, "no children");
	fails(wait4(-1, &status, WEXITED, NULL), EINVAL, "wait4 has no WEXITED");
	fails(wait4(-1, &status, WNOWAIT, NULL), EINVAL, "nor WNOWAIT");
	fails(wait4((pid_t)0x80000000, &status, 0, NULL), ESRCH, "a group that cannot be");
	fails(syscall(SYS_waitid, P_ALL, 0, &info, 0, NULL), EINVAL, "waitid for nothing");
	fails(syscall(SYS_waitid, P_ALL, 0, &info, WNOHANG, NULL), EINVAL, "nor WNOHANG alone");
	fails(syscall(SYS_waitid, 9, 0, &info, WEXITED, NULL), EINVAL, "unknown kind of id");
	fails(syscall(SYS_waitid, P_PID, 0, &info, WEXITED, NULL), EINVAL, "pid 0");
	fails(syscall(SYS_waitid, P_ALL, 0, &info, WEXITED, NULL), ECHILD, "waitid without children");
}

static void zombies(void)
{
	pid_t pid = exiting(3);
	siginfo_t info;
	int status;

	same(syscall(SYS_waitid, P_PID, pid, &info, WEXITED | WNOWAIT, NULL), 0, "WNOWAIT");
	ok(info.si_pid == pid && info.si_code == CLD_EXITED && info.si_status == 3 && info.si_signo == SIGCHLD && info.si_uid == 0,
	   "tells it all");
	same(syscall(SYS_waitid, P_PID, pid, NULL, WEXITED | WNOWAIT, NULL), 0, "as often as one likes, also without a siginfo");
	fails(syscall(SYS_waitid, P_PID, pid, &info, WSTOPPED, NULL), ECHILD, "it will never stop");
	same(wait4(pid, &status, 0, NULL), pid, "then it can be waited for");
	fails(wait4(pid, &status, 0, NULL), ECHILD, "once");
	pid = exiting(4);
	fails(syscall(SYS_wait4, pid, 1, 0, NULL), EFAULT, "nowhere to put the status");
	fails(wait4(pid, &status, 0, NULL), ECHILD, "but it is gone all the same");
	memset(&info, 0x55, sizeof(info));
	pid = must_fork();
	if (pid == 0)
		for (;;)
			pause();
	same(syscall(SYS_waitid, P_PID, pid, &info, WEXITED | WNOHANG, NULL), 0, "WNOHANG without news");
	ok(info.si_pid == 0 && info.si_signo == 0, "says pid 0");
	same(wait4(pid, &status, WNOHANG, NULL), 0, "so does wait4");
	kill(pid, SIGTERM);
	same(syscall(SYS_waitid, P_ALL, 0, &info, WEXITED, NULL), 0, "it is killed");
	ok(info.si_code == CLD_KILLED && info.si_status == SIGTERM, "CLD_KILLED");
}

static void clones(void)
{
	pid_t pid = clone_child(0, 5);
	int status;

	fails(wait4(pid, &status, 0, NULL), ECHILD, "a clone child is none for wait");
	same(wait4(pid, &status, __WCLONE, NULL), pid, "but with __WCLONE");
	same(WEXITSTATUS(status), 5, "its status");
	pid = clone_child(SIGURG, 6);
	same(wait4(pid, &status, __WALL, NULL), pid, "with __WALL");
	pid = exiting(1);
	fails(wait4(pid, &status, __WCLONE, NULL), ECHILD, "an ordinary child is none for __WCLONE");
	same(wait4(pid, &status, __WALL | __WCLONE, NULL), pid, "but for both");
}

static void groups(void)
{
	pid_t a = must_fork(), b;
	int status;

	if (a == 0) {
		setpgid(0, 0);
		_exit(1);
	}
	setpgid(a, a);
	b = exiting(2);
	same(wait4(0, &status, 0, NULL), b, "0: the caller's own group");
	same(wait4(-a, &status, 0, NULL), a, "-pgid: that group");
	fails(wait4(-a, &status, 0, NULL), ECHILD, "which is empty now");
}

static volatile pid_t thread_child;
static volatile int other_result, other_errno;

static void *thread(void *arg)
{
	int status;

	other_result = syscall(SYS_wait4, thread_child, &status, __WNOTHREAD, NULL);
	other_errno = errno;
	return NULL;
}

static void threads(void)
{
	pthread_t t;
	int status;

	thread_child = exiting(1);
	need(pthread_create(&t, NULL, thread, NULL) == 0);
	pthread_join(t, NULL);
	ok(other_result == -1 && other_errno == ECHILD, "__WNOTHREAD: another thread's child is none");
	same(wait4(thread_child, &status, __WNOTHREAD, NULL), thread_child, "one's own is");
}

static void usage(void)
{
	struct rusage of_child, before, after;
	siginfo_t info;
	pid_t pid = must_fork();
	int status;

	if (pid == 0) {
		struct timespec now;

		do
			clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
		while (now.tv_nsec < 15000000);
		_exit(0);
	}
	getrusage(RUSAGE_CHILDREN, &before);
	need(syscall(SYS_waitid, P_PID, pid, &info, WEXITED | WNOWAIT, &of_child) == 0);
	getrusage(RUSAGE_CHILDREN, &after);
	ok(before.ru_minflt == after.ru_minflt && before.ru_utime.tv_usec == after.ru_utime.tv_usec, "WNOWAIT adds nothing up");
	ok(of_child.ru_utime.tv_usec + of_child.ru_stime.tv_usec >= 10000, "but tells what the child used");
	ok(of_child.ru_minflt > 0, "page faults, too");
	need(wait4(pid, &status, 0, &of_child) == pid);
	getrusage(RUSAGE_CHILDREN, &after);
	ok(after.ru_minflt == before.ru_minflt + of_child.ru_minflt, "waiting adds it to the children's");
}

static int pdeathsig(void)
{
	struct gate g = gate_new();
	int fds[2], sig = 0;
	char byte = 0;
	pid_t pid;

	need(pipe(fds) == 0);
	pid = must_fork();
	if (pid == 0) {
		pid = must_fork();
		if (pid == 0) {
			sigset_t set;

			sigemptyset(&set);
			sigaddset(&set, SIGUSR1);
			sigprocmask(SIG_BLOCK, &set, NULL);
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			prctl(PR_GET_PDEATHSIG, &sig);
			if (sig != SIGUSR1 || prctl(PR_SET_PDEATHSIG, 65) != -1 || errno != EINVAL)
				_exit(1);
			if (fork() == 0) {	/* not inherited */
				prctl(PR_GET_PDEATHSIG, &sig);
				_exit(sig);
			}
			wait(&sig);
			gate_open(&g);
			byte = sig == 0 && sigwaitinfo(&set, NULL) == SIGUSR1;
			need(write(fds[1], &byte, 1) == 1);
			_exit(0);
		}
		gate_wait(&g);
		_exit(0);
	}
	status_of(pid);
	need(read(fds[0], &byte, 1) == 1);
	return byte == 1;
}

int main(void)
{
	plan(38);
	errors();
	zombies();
	clones();
	groups();
	threads();
	usage();
	ok(pdeathsig(), "PR_SET_PDEATHSIG: the parent's end is signalled");
	return done();
}
