long long fibonacci(int n);
