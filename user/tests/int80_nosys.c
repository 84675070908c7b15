/* A number that int 0x80 does not have gives ENOSYS, whatever the arguments. */
#include "int80.h"

int main(void)
{
	plan(6);
	same(int80_6(17, 1, 2, 3, 4, 5, 6), -ENOSYS, "break, which never was");
	same(int80_6(223, 1, 2, 3, 4, 5, 6), -ENOSYS, "a hole in the table");
	same(int80_6(511, -1, -1, -1, -1, -1, -1), -ENOSYS, "511");
	same(int80_6(512, 0, 0, 0, 0, 0, 0), -ENOSYS, "512");
	same(int80_6(0x40000000 | 20, 0, 0, 0, 0, 0, 0), -ENOSYS, "the bit of the x32 calls");
	same(int80_6(-1, 0, 0, 0, 0, 0, 0), -ENOSYS, "-1");
	return done();
}
