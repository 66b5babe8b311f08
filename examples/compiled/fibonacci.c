#include "fibonacci.h"

long long fibonacci(int n) {
    long long a = 0, b = 1;
    while (n-- > 0) {
        long long next = a + b;
        a = b;
        b = next;
    }
    return a;
}
