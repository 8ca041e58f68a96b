return 1
return 'text'
return 3.99
return -3.99
return 1e300
return 0/0
return 1/0
return nil
return true
return false
return {}
return {1,2,3}
return {1,'two',3.7,{4,{5}}}
return {1,2,nil,4}
return {false,true}
return {1,nil}
return {ok='fine'}
return {ok=12}
return {ok='a\nb'}
return {err='plain'}
return {err='CODE message'}
return {err='a\r\nb'}
return {err=12}
return {double=3.5}
return {double='3.5'}
return {map={a=1}}
return {map={a={1,2}}}
return {set={a=1}}
return {big_number='123456789012345678901234567890'}
return {verbatim_string={string='text',format='txt'}}
return {verbatim_string={string='text'}}
return {ok='x',err='y'}
return function() end
return {1,function() end,3}
return coroutine.create(function() end)
return {[1]=1,[2]=2,[4]=4}
local t={} t[1]=1 t.x=2 return t
return 1,2,3
redis.setresp(3) return {double=1}
redis.setresp(3) return true
redis.setresp(3) return false
redis.setresp(3) return nil
redis.setresp(3) return {true,false}
redis.setresp(3) return redis.call('get','nokey')
return redis.call('get','nokey')
return {redis.call('get','nokey')}
return type(redis.call('get','nokey'))
return redis.setresp(4)
return redis.setresp()
return redis.setresp('3')
return foo
foo=1
foo()
local function f() return bar end return f()
return _G.foo
_G.foo=1
rawset(_G,'x',1)
setmetatable(_G,nil)
return rawget(_G,'foo')
KEYS=nil
KEYS[1]='x' return KEYS[1]
redis=nil
redis.call=nil
redis.foo=1
string.rep=nil
table.insert(redis,1)
rawset(redis,'x',1)
math.pi=3
return redis.foo
redis.foo()
return print
return require
return io
return dofile
return loadfile
return getfenv
return setfenv
return newproxy
return module
return package
return debug
return getmetatable('').__index==string
return redis.call('set','k','v')
return redis.call('get','k')
return redis.call('GET','k')
return redis.call('set','n',1)
return redis.call('incr','n')
return redis.call('set','n',1.5)
return redis.call('get','n')
return redis.call('set','n',0.1)
return redis.call('get','n')
return redis.call('set','n',1e20)
return redis.call('get','n')
return redis.call('set','n',2^53)
return redis.call('get','n')
return redis.call('set','n',-0.5)
return redis.call('get','n')
return redis.call('set','n',123456789012345678)
return redis.call('get','n')
return redis.call('incr','n')
return redis.call('del','k','n')
return redis.call('exists','k')
return redis.call('mget','k','none','n')
return redis.call('ping')
return redis.call('ping').ok
return redis.call('nope')
return redis.call('nope','x')
return redis.pcall('nope')
return redis.pcall('nope').err
return redis.call()
return redis.pcall()
return redis.call(nil)
return redis.call({})
return redis.call('get',{})
return redis.call('get',true)
return redis.pcall('get',{})
local e=redis.pcall('nope') return {e.err,tostring(e.ignore_error_stats_update),tostring(e.source)}
local e=redis.pcall() return {e.err,tostring(e.ignore_error_stats_update)}
local ok,e=pcall(redis.call,'nope') return {tostring(ok),e.err,tostring(e.ignore_error_stats_update),tostring(e.line)}
local ok,e=pcall(function() return redis.call('nope') end) return e.err
local ok,e=pcall(function() error('x') end) return e
local ok,e=pcall(function() error('x',0) end) return e
local ok,e=pcall(function() error('x',2) end) return e
local ok,e=pcall(function() error({err='X'}) end) return e.err
return {pcall(error)}
return {pcall(error,'x')}
return {pcall(function(...) return ... end,1,2,3)}
return {pcall(1)}
return {xpcall(function() error('x') end, function(e) return 'h:'..e end)}
return {xpcall(function() return 1,2 end, function(e) return e end)}
error('x')
error('x',0)
error()
error(nil)
error(true)
error(12)
error({err='X'})
error({err='X y'})
error({err='-X y',foo=1})
error('a\nb')
local function f() error('deep') end local function g() f() end g()
return redis.error_reply('FOO')
return redis.error_reply('FOO bar')
return redis.error_reply('-FOO bar')
return redis.error_reply('-FOO')
return redis.error_reply()
return redis.error_reply(1)
return redis.error_reply('A','B')
return redis.status_reply('FINE')
return redis.status_reply()
return redis.status_reply(1)
return redis.sha1hex('')
return redis.sha1hex('abc')
return redis.sha1hex(12)
return redis.sha1hex()
return redis.log('x')
return redis.log(10,'x')
return redis.log('x','x')
return redis.log(redis.LOG_NOTICE,'x','y')
return {redis.LOG_DEBUG,redis.LOG_VERBOSE,redis.LOG_NOTICE,redis.LOG_WARNING}
return {redis.REPL_NONE,redis.REPL_AOF,redis.REPL_SLAVE,redis.REPL_REPLICA,redis.REPL_ALL}
return redis.set_repl(redis.REPL_ALL)
return redis.set_repl(10)
return redis.set_repl('a')
return redis.replicate_commands()
return redis.breakpoint()
return redis.debug('x')
return redis.acl_check_cmd('get','x')
return redis.acl_check_cmd('nope')
return redis.acl_check_cmd()
return {redis.REDIS_VERSION,redis.REDIS_VERSION_NUM}
local t=nil return t.x
local t=nil t.x=1
local t=nil return t[1]
local t={} return t.a.b
local t={} return t.a.b.c
local t={} return t.a()
local t={} return t:a()
local t={} t.a.b=1
local t={a={}} return t.a.b.c
local t=1 return t.x.y
local up=nil local function f() return up.x end return f()
return ('x').y.z
return nil+1
local a=nil return a+1
local a={} return 1+a
local a={} return a.x+1
local a='x' return a+1
local a={} return -a
local a=nil return #a
return #nil
return 'a'..nil
local a='x' return a..{}
local a=nil return 'x'..a..'y'
local a={} return 'x'..a.b
return 1<'x'
return {}<{}
return nil<1
return {}<1
local a=1 a()
local f=nil f()
for i=1,'x' do end
for i='a',2 do end
for i=1,2,{} do end
return '010'+1
return '0x10'+0
return '1e2'*1
return '10'/'4'
return 10%3
return -10%3
return 5.5%2
return 2^10
return '3'..4
return 1 ..2
return -'3'
return tostring(1e15)
return tostring(2^53)
return tostring(0.1)
return tostring(1e100)
return tostring(-0)
return tostring(1/3)
return tostring(100000000000000)
return tostring(123456789.125)
return tostring(0/0)
return tostring(1/0)
return tostring(-1/0)
return tostring(nil)..tostring(true)
return tostring(setmetatable({},{__tostring=function() return 'mine' end}))
return {tonumber('10'),tonumber('0x1f'),tonumber(' 5 '),tonumber('1e1'),tonumber('z',36),tonumber('ff',16),tonumber('8',8)==nil,tonumber('')==nil,tonumber('1 2')==nil}
return tonumber({})
return tonumber()
return {type(1),type('x'),type({}),type(nil),type(print==nil)}
return type()
return {select('#',1,2,3),select(2,'a','b','c')}
return select(-1,'a','b')
return select(0,1)
return {unpack({1,2,3},2)}
return {unpack({1,2,3},2,5)}
return {next({})}
return {next({10})}
local n=0 for k,v in pairs({1,2,3}) do n=n+k*v end return n
local n=0 for i,v in ipairs({1,2,nil,4}) do n=n+i end return n
pairs('x')
ipairs()
return rawequal('a','a')
return rawget({5},1)
return #rawset({},1,2)
rawset({},nil,1)
local t={} t[nil]=1
local t={} t[0/0]=1
return {assert(1,2)}
assert(false)
assert(nil,'msg')
assert()
setmetatable({})
setmetatable(1,{})
return getmetatable(setmetatable({},{__metatable='p'}))
setmetatable(setmetatable({},{__metatable='p'}),{})
local t=setmetatable({},{__index=function(t,k) return k..'!' end}) return t.foo
local t=setmetatable({},{__newindex=function(t,k,v) rawset(t,k,v*2) end}) t.x=4 return t.x
local t=setmetatable({},{__call=function(self,a) return a+1 end}) return t(1)
local t=setmetatable({},{__add=function(a,b) return 42 end}) return {t+1,1+t}
local t=setmetatable({},{__concat=function(a,b) return 'cc' end}) return {t..'x','x'..t}
local t=setmetatable({},{__eq=function() return true end}) return t==setmetatable({},getmetatable(t))
local t=setmetatable({},{__lt=function() return true end}) return t<t
return loadstring('return 1+1')()
local f,e=loadstring('return 1+') return e
local f,e=loadstring('x x','=name') return e
return load(function() return nil end)==nil
local n=0 return load(function() n=n+1 return ({'return ','7'})[n] end)()
load('return 1')
return loadstring('\27Lua')==nil
return coroutine.wrap(function() return 3 end)()
local c=coroutine.wrap(function(a) local b=coroutine.yield(a+1) return b*2 end) return {c(1),c(10)}
local c=coroutine.create(function() error('x') end) return {coroutine.resume(c)}
local c=coroutine.create(function() end) coroutine.resume(c) return {coroutine.status(c),coroutine.resume(c)}
return coroutine.running()
return string.byte('A')
return {string.byte('abc',1,-1)}
return {string.byte('abc',10)}
return string.char(72,105)
string.char(256)
return string.upper('abcÄ')
return ('x'):rep(3)
return ('x'):rep(0)..('x'):rep(-1)
return string.len('a\0b')
return string.reverse('abc')
return {('hello'):sub(2,3),('hello'):sub(-3),('hello'):sub(2),('hello'):sub(0),('hello'):sub(10)}
return {string.find('hello world','o w')}
return {string.find('hello','l')}
return {string.find('hello','xyz')}
return {string.find('a.b','.',1,true)}
return {string.find('a.b','%.')}
return {string.find('abc','b',-1)}
return {string.find('abc','')}
return {string.find('abc','',10)}
return {string.find('key=val','(%w+)=(%w+)')}
return {string.match('key=val','(%w+)=(%w+)')}
return {string.match('2024-01-02','(%d+)-(%d+)-(%d+)')}
return string.match('  trim  ','^%s*(.-)%s*$')
return {string.match('hello','()ll()')}
return string.match('[[x]]','%[%[(.-)%]%]')
return string.match('f(a(b)c)d','%b()')
return string.match('THE (quick) fox','%f[%a]%a+',5)
return string.match('aa','(a)%1')
return {string.gsub('abc','%w','%0%0')}
return {string.gsub('hello world','o','0',1)}
return {string.gsub('hello','','-')}
return {string.gsub('abc','b',{b='X'})}
return {string.gsub('abc','%w',function(c) if c=='b' then return 'Y' end end)}
return {string.gsub('abc','(a)(b)','%2%1')}
return {string.gsub('a b c','%s','%%')}
return {string.gsub('abc','^a','x')}
string.gsub('abc','b',true)
string.gsub('abc','(','x')
string.gsub('abc','[a','x')
string.gsub('abc','%','x')
string.gsub('abc','a','%2')
string.find('abc','%1')
local r={} for w in string.gmatch('one two three','%a+') do r[#r+1]=w end return r
local r={} for k,v in string.gmatch('a=1,b=2','(%w+)=(%w+)') do r[#r+1]=k..v end return r
return string.format('%d %5d %-5d| %05d %+d','3',42,42,42,42)
return string.format('%5.2f %e %g %G',1.234,12345.678,1e20,1e-10)
return string.format('%g %g %g',100000,1000000,0.0001)
return string.format('%s %10s %-10s| %.2s','a','b','c','defg')
return string.format('%q','a\nb"c\\d\0e')
return string.format('%c%c',72,105)
return string.format('%x %X %#x %o',255,255,255,8)
return string.format('%%')
return string.format('%i',3.7)
return string.format('%u',42)
string.format('%d','x')
string.format('%d')
string.format('%y',1)
string.format('%99999d',1)
string.format('%s',nil)
string.format('%s')
string.rep()
string.rep('x')
string.sub()
('x'):bad()
return table.concat({1,2,3},',')
return table.concat({'a','b','c'},'-',2,3)
return table.concat({})
table.concat({1,{},3})
local t={1,2,3} table.insert(t,4) table.insert(t,1,0) return t
table.insert({},1,2,3)
local t={1,2,3} return {table.remove(t),table.remove(t,1),#t}
return table.remove({})
local t={3,1,2} table.sort(t) return t
local t={3,1,2} table.sort(t,function(a,b) return a>b end) return t
table.sort({1,'x'})
return {table.getn({1,2}),table.maxn({1,2,[10]=3})}
return #{1,2,3}
return {math.floor(3.7),math.ceil(3.2),math.abs(-4),math.max(1,5,3),math.min(4,2,8)}
return {math.floor(-3.5),math.fmod(7,3),math.pow(2,8),math.sqrt(16)}
return tostring(math.pi)..tostring(math.huge)
return {math.modf(3.7)}
return {math.frexp(8)}
return math.random(0)
return math.random(2,1)
math.floor('x')
math.max()
return cjson.encode({1,2,{a=1}})
return cjson.encode({})
return cjson.encode({a=1})
return cjson.encode({a={}})
return cjson.encode('a"b\\c/d\n\t\127\1')
return cjson.encode({1.5,1e20,0.1,-0,1/3})
return cjson.encode({true,false,cjson.null})
return cjson.encode({[1]=1,[3]=3})
return cjson.encode({[100]=1})
cjson.encode_sparse_array(true) local r=cjson.encode({[100]=1}) cjson.encode_sparse_array(false) return r
return cjson.encode({[1.5]=1})
return cjson.encode({[true]=1})
return cjson.encode(function() end)
return cjson.encode(1/0)
return cjson.encode(nil)
return cjson.encode()
local t={} for i=1,1001 do t={t} end return cjson.encode(t)
return cjson.decode('[1,2,3]')
return cjson.decode('{"a":[1,{"b":"c"}]}').a[2].b
return cjson.decode('"\\u00e9\\ud83d\\ude00\\n"')
return cjson.decode('[1.5e3,-2,0.5]')
return tostring(cjson.decode('null')==cjson.null)
return tostring(cjson.decode('[null]')[1])
return type(cjson.null)
return {cjson.decode('true')}
return cjson.decode(' [ 1 , 2 ] ')
return cjson.decode('[1,2')
return cjson.decode('[1,]')
return cjson.decode('[1 2]')
return cjson.decode('{"a"}')
return cjson.decode('{"a":1,}')
return cjson.decode('{a:1}')
return cjson.decode('')
return cjson.decode('x')
return cjson.decode('"abc')
return cjson.decode('"\\x"')
return cjson.decode('"\\ud800"')
return cjson.decode('1 2')
return cjson.decode('[nan]')[1]~=nil
return cjson.decode('0x10')
return cjson.decode('01')
return cjson.decode('-')
return cjson.decode(string.rep('[',1001)..string.rep(']',1001))
return cjson.decode()
return cjson.decode({})
return {cjson.encode_sparse_array()}
return {cjson.encode_max_depth(),cjson.decode_max_depth(),cjson.encode_number_precision(),cjson.encode_keep_buffer(),cjson.encode_invalid_numbers(),cjson.decode_invalid_numbers()}
cjson.encode_number_precision(99)
local r={cjson.encode_number_precision(3),cjson.encode(1/3)} cjson.encode_number_precision(14) return r
return cjson.new().encode({1})
return cmsgpack.pack(1,-1,127,128,255,256,65535,65536,4294967296,-32,-33,-128,-129,-32768,-32769,-2147483649)
return cmsgpack.pack(1.5,0.1,1e300)
return cmsgpack.pack('abc',('x'):rep(31),('x'):rep(32),('x'):rep(255),('x'):rep(256))
return cmsgpack.pack(nil,true,false)
return cmsgpack.pack({1,2,3})
return cmsgpack.pack({})
return cmsgpack.pack({a=1})
return cmsgpack.pack({[1]=1,[3]=3})
return cmsgpack.pack({{{{{{{{{{{{{{{{{{1}}}}}}}}}}}}}}}}}})
return cmsgpack.pack()
return cmsgpack.unpack(cmsgpack.pack({1,'a',{b=2.5},false,-70000}))
return {cmsgpack.unpack(cmsgpack.pack(1,'two',3.5))}
return {cmsgpack.unpack_one(cmsgpack.pack(1,2))}
return {cmsgpack.unpack_one(cmsgpack.pack(1,2),1)}
return {cmsgpack.unpack_limit(cmsgpack.pack(1,2,3),2)}
return {cmsgpack.unpack_limit(cmsgpack.pack(1,2,3),2,1)}
return cmsgpack.unpack('\146')
return cmsgpack.unpack('\193')
return cmsgpack.unpack_one('a',9)
return cmsgpack.unpack_one('a',-1)
return cmsgpack.unpack('\217\3abc')
return cmsgpack.unpack('\202\63\192\0\0')
return cmsgpack.unpack('\129\192\1')
return {bit.band(12,10),bit.bor(12,10),bit.bxor(12,10),bit.bnot(0)}
return {bit.lshift(1,31),bit.rshift(-1,28),bit.arshift(-16,2),bit.rol(1,33),bit.ror(1,1),bit.bswap(1)}
return {bit.tobit(0xffffffff),bit.tobit(2^32+5),bit.tobit(1.5),bit.tobit(-1)}
return {bit.tohex(255),bit.tohex(255,4),bit.tohex(-1,-8),bit.tohex(255,-2),bit.tohex(1,100),bit.tohex(1,0)}
bit.bnot('x')
bit.band()
return bit.band('12',10)
return struct.pack('>I2hb',1,2,3)
return struct.pack('<i4>i4=',1,1)
return struct.pack('d<f',1.5,2.5)
return struct.pack('s','abc')
return struct.pack('c5','hello world')
return struct.pack('c0','hello')
return struct.pack('c5','hi')
return struct.pack('!4bi4',1,2)
return struct.pack('bxxb',1,2)
return struct.pack('I9',258)
return struct.pack('i2',-2)
return struct.pack('I33',1)
return struct.pack('!3',1)
return struct.pack('q')
return struct.pack('i')
return {struct.unpack('>I2hb','\0\1\0\2\3')}
return {struct.unpack('<i2I2','\254\255\254\255')}
return {struct.unpack('s','abc\0rest')}
return {struct.unpack('bc0','\3abcd')}
return {struct.unpack('c2','abcd',3)}
return {struct.unpack('i8','\255\255\255\255\255\255\255\255')}
struct.unpack('I','a')
struct.unpack('s','abc')
struct.unpack('c0','abc')
struct.unpack('b','a',0)
struct.unpack('b','a',5)
return {struct.size('i4i2'),struct.size('!8bi8'),struct.size('c10')}
struct.size('s')
struct.size('c0')
return 1 +
return x y
x = = 1
if true then
for i=1,3 do
return 'abc
f(
local function
}
return "a\qb"
local function f() return 1+f() end return f()
local function f(n) if n==0 then return 'done' end return f(n-1) end return f(100000)
local t={} for i=1,300 do t[i]=i end return #t
local t={} t[3]=3 t[2]=2 t[1]=1 return #t
local function f(...) return select('#',...),... end return {f(1,nil,3)}
local function f(...) local a={...} return #a end return f(1,2,3)
local function f(...) return arg.n end return f(1,2)
do local x=1 do local x=2 end return x end
local i=0 while true do i=i+1 if i>5 then break end end return i
local i=0 repeat i=i+1 until i>=3 return i
local s=0 for i=10,1,-3 do s=s+i end return s
local s='' for i=1,3 do s=s..i end return s
local a,b=1 return {a,tostring(b)}
local a,b,c=(function() return 1,2,3 end)() return {a,b,c}
return (function() return 1,2 end)()
return {(function() return 1,2 end)(),10}
return 'a'=='a' and 'yes' or 'no'
return not nil
return 1==1.0
return '1'==1
return [[long
return #[==[x]==]
-- comment
return 0x10
return 1e3
return .5*4
return "tab\tnl\65\065"
coroutine.wrap(function() error('x') end)()
local c=coroutine.wrap(function() end) c() c()
return {coroutine.resume(coroutine.create(function() local t=nil return t.x end))}
coroutine.yield(1)
coroutine.resume(1)
return {pcall(string.rep)}
return {pcall(redis.call)}
return {pcall(function() local t={} t.x.y=1 end)}
return {pcall(pcall)}
local t={} for k in pairs(redis) do t[#t+1]=k end table.sort(t) return #t>15
return next(redis)~=nil
return {KEYS[1],KEYS[2],ARGV[1],ARGV[2],#KEYS,#ARGV}
local mt={__index=redis} local t=setmetatable({},mt) return type(t.call)
local t=setmetatable({},{__newindex=redis}) t.call=1
local t=setmetatable({},{__newindex=_G}) t.foo=1
return cjson.encode({a=0/0})
local x <const> = 1
return 1 --[[ c ]]
#!lua
#!lua flags=no-writes
local n=0 for i='1','3' do n=n+i end return n
local t={} t[50000000]=true t[2000000]=false return {t[50000000],#t}
local t={} for i=1,1000 do t[i]=i end for i=1000,1,-1 do t[i]=nil end return #t
local t={10,20,30,nil} t[4]=40 table.remove(t,1) return {#t,t[1],t[3]}
local t={n=1,[0]=0,[-1]=2,1,2,3} local s=0 for k,v in pairs(t) do s=s+v end return s
local t={} for i=1,10 do t['k'..i]=i end for k in pairs(t) do t[k]=nil end return next(t)==nil
local t={1,2,3} for i,v in ipairs(t) do if i==1 then table.insert(t,4) end end return #t
return foo(1, 2
return {1, 2
return t[1
if true then return 1 else
if true
while true
while true do
for i=1,3
function f() return 1
local f = function() return 1
repeat local x = 1
return 1 end
if x then y() end end
foo(1, 2 end
local
return "a" ..
return {a=1, b=}
foo(
f = function(
do return 1
if a then b() elseif c then
return (1 + 2
return ({1, 2)
return {pcall(next,{},'x')}
return {pcall(next,{1,2},2)}
local t={1,2,3} return {next(t),next(t,1),next(t,3)}
local t={[0]=5,[1.5]=6} local s=0 for k,v in pairs(t) do s=s+v end return s
local t={1,2} t[1]=nil return next(t)
