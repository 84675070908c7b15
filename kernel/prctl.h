/*
 * prctl.h - what the files of prctl(2) share.
 */
#pragma once

/* Options about privileges; -ENOSYS: it is none of them. prctl_cred.c */
long prctl_cred(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5);
