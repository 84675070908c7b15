/* RLIMIT_FSIZE, NOFILE, AS, DATA, STACK, CPU, and who may set which limit of whom. */
#include "ktap.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

static volatile int signals;

static void count(int sig)
{
	signals++;
}

static int limit(int resource, rlim_t n)
{
	struct rlimit now;

	getrlimit(resource, &now);
	now.rlim_cur = n;
	return setrlimit(resource, &now);
}

static int file_size(void)
{
	int fd = open(tmp_name(""), O_RDWR | O_CREAT | O_TRUNC, 0600);
	char data[100] = "";

	unlink(tmp_name(""));
	signal(SIGXFSZ, count);
	if (limit(RLIMIT_FSIZE, 150) || write(fd, data, 100) != 100)
		return 1;
	if (write(fd, data, 100) != 50 || signals)	/* as much as fits */
		return 2;
	if (write(fd, data, 1) != -1 || errno != EFBIG || signals != 1)
		return 3;
	if (ftruncate(fd, 151) != -1 || errno != EFBIG || signals != 2)
		return 4;
	if (ftruncate(fd, 150) || ftruncate(fd, 10) || pwrite(fd, data, 10, 145) != 5)
		return 5;
	return pwrite(fd, data, 1, 0) != 1;	/* inside it is free */
}

static int file_size_default(void)
{
	int fd = open(tmp_name(""), O_RDWR | O_CREAT | O_TRUNC, 0600);

	unlink(tmp_name(""));
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	return write(fd, "x", 1);
}

static int files(void)
{
	int n = 0, fds[2];

	if (limit(RLIMIT_NOFILE, 10))
		return 1;
	while (dup(0) >= 0)
		n++;
	if (errno != EMFILE || n != 7)
		return 2;
	if (dup2(0, 9) != 9 || dup2(0, 10) != -1 || errno != EBADF)
		return 3;
	if (fcntl(0, F_DUPFD, 10) != -1 || errno != EINVAL || fcntl(0, F_DUPFD, 9) != -1 || errno != EMFILE)
		return 4;
	close(9);
	return pipe(fds) != -1 || errno != EMFILE ? 5 : 0;
}

static int address_space(void)
{
	if (limit(RLIMIT_AS, 64 << 20))
		return 1;
	if (mmap(NULL, 65 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED || errno != ENOMEM)
		return 2;
	return mmap(NULL, 32 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static int data_segment(void)
{
	if (limit(RLIMIT_DATA, 16 << 20))
		return 1;
	if (mmap(NULL, 17 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED || errno != ENOMEM)
		return 2;
	if (mmap(NULL, 17 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)	/* not data */
		return 3;
	return (long)sbrk(17 << 20) != -1 || errno != ENOMEM;
}

static __attribute__((noinline)) int deep(int n)
{
	volatile char room[4096];

	room[0] = n;
	return n ? deep(n - 1) + room[0] - room[0] : 0;
}

static int small_stack(void) { return limit(RLIMIT_STACK, 512 << 10) ? 1 : deep(64); }
static int stack_overflow(void) { return limit(RLIMIT_STACK, 512 << 10) ? 1 : deep(256); }

static int cpu_soft(void)
{
	struct rusage ru;

	signal(SIGXCPU, count);
	if (limit(RLIMIT_CPU, 0) && errno != EINVAL)
		return 1;
	do {
		getrusage(RUSAGE_SELF, &ru);
	} while (!signals && ru.ru_utime.tv_sec + ru.ru_stime.tv_sec < 3);
	return !signals;
}

static int rules(void)
{
	struct rlimit now = { 5, 4 };
	pid_t parent = getppid();

	if (setrlimit(RLIMIT_NPROC, &now) != -1 || errno != EINVAL || setrlimit(16, &now) != -1 || errno != EINVAL)
		return 1;
	if (syscall(SYS_prlimit64, 0, 99, NULL, NULL) != -1 || errno != EINVAL)
		return 2;
	now = (struct rlimit){ 1, RLIM_INFINITY };
	if (setrlimit(RLIMIT_NOFILE, &now) != -1 || errno != EPERM)	/* more than nr_open for nobody */
		return 3;
	now = (struct rlimit){ 10, 20 };
	if (setrlimit(RLIMIT_MEMLOCK, &now) || syscall(SYS_setresuid, 500, 500, 500))
		return 4;
	now.rlim_max = 21;
	if (setrlimit(RLIMIT_MEMLOCK, &now) != -1 || errno != EPERM)
		return 5;
	now = (struct rlimit){ 20, 20 };
	if (setrlimit(RLIMIT_MEMLOCK, &now))
		return 6;
	if (syscall(SYS_prlimit64, parent, RLIMIT_MEMLOCK, NULL, &now) != -1 || errno != EPERM)
		return 7;
	if (syscall(SYS_prlimit64, 99999, RLIMIT_MEMLOCK, NULL, &now) != -1 || errno != ESRCH)
		return 8;
	if (syscall(SYS_prlimit64, 0, RLIMIT_MEMLOCK, NULL, 1) != -1 || errno != EFAULT)
		return 9;
	return syscall(SYS_prlimit64, 0, RLIMIT_MEMLOCK, 1, NULL) != -1 || errno != EFAULT;
}

static int others(void)
{
	struct rlimit now = { 7, 8 }, old;
	pid_t pid = fork();
	int result;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	result = syscall(SYS_prlimit64, pid, RLIMIT_MSGQUEUE, &now, &old) || syscall(SYS_prlimit64, pid, RLIMIT_MSGQUEUE, NULL, &old) ||
		 old.rlim_cur != 7 || old.rlim_max != 8;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return result;
}

int main(void)
{
	plan(11);
	same(in_child(file_size), 0, "RLIMIT_FSIZE: SIGXFSZ and EFBIG");
	same(in_child(file_size_default), KILLED_BY(SIGXFSZ), "SIGXFSZ ends a program");
	same(in_child(files), 0, "RLIMIT_NOFILE");
	same(in_child(address_space), 0, "RLIMIT_AS");
	same(in_child(data_segment), 0, "RLIMIT_DATA");
	same(in_child(small_stack), 0, "a stack within RLIMIT_STACK");
	same(in_child(stack_overflow), KILLED_BY(SIGSEGV), "a stack beyond");
	same(in_child(cpu_soft), 0, "RLIMIT_CPU: SIGXCPU");
	same(in_child(rules), 0, "rules of setrlimit and prlimit");
	same(in_child(others), 0, "the limits of a child");
	same(limit(RLIMIT_CPU, RLIM_INFINITY), 0, "none");
	return done();
}
