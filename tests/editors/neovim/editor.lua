-- A real Neovim in a process of its own, driven over RPC: keys go in, state comes out.

local M = {}
M.__index = M

-- How long a state may take to come about, and how often it is looked at, in milliseconds.
local STATE_TIMEOUT_MS, POLL_MS = 20000, 10

--- Starts a scripted model, which ends with its channel; returns the channel and the model's URL.
local function start_model(script, folder)
  local path, said = folder .. '/script.json', ''
  vim.fn.writefile({ vim.json.encode(script) }, path)
  local channel = vim.fn.jobstart({ vim.env.FIRESTEEL_DEV_PATH, 'serve', '--script', path }, {
    cwd = folder,
    on_stdout = function(_, lines)
      said = said .. table.concat(lines, '\n')
    end,
  })
  local started = vim.wait(STATE_TIMEOUT_MS, function()
    return said:find('\n') ~= nil
  end, POLL_MS)
  assert(started, 'the scripted model does not start')
  return channel, assert(said:match('ws://%S+'), said)
end

--- Starts Neovim on a file of a fresh copy of the workspace.
---@param options { model?: table, beside?: string, dos?: boolean } A script that a model plays, another server's program,
--- and whether the file's lines end in CRLF.
function M.open(file, options)
  local folder = vim.fn.tempname()
  vim.fn.mkdir(folder, 'p')
  local copied = vim.system({ 'cp', '-r', vim.env.FIRESTEEL_WORKSPACE .. '/.', folder }):wait()
  assert(copied.code == 0, 'the workspace cannot be copied')
  local self = setmetatable({ folder = folder }, M)
  if options.dos then
    local lines = vim.fn.readfile(folder .. '/' .. file)
    vim.fn.writefile(vim.tbl_map(function(line)
      return line .. '\r'
    end, lines), folder .. '/' .. file)
  end
  local env = { XDG_STATE_HOME = folder .. '/.state', XDG_CACHE_HOME = folder .. '/.cache' }
  if options.model then
    self.model, env.FIRESTEEL_MODEL_URL = start_model(options.model, folder)
    env.FIRESTEEL_MODEL_KEY = 'none'
    env.FIRESTEEL_MODEL_NAME = 'scripted-model'
  end
  env.FIRESTEEL_BESIDE = options.beside
  local init = vim.env.FIRESTEEL_TESTS .. '/neovim/init.lua'
  self.channel = vim.fn.jobstart({ vim.v.progpath, '--embed', '--headless', '--clean', '-u', init }, {
    rpc = true,
    cwd = folder,
    env = env,
  })
  assert(self.channel > 0, 'Neovim does not start')
  self:command('edit ' .. file)
  self:wait('the server', function()
    return self:lua("return vim.lsp.get_clients({ name = 'firesteel', bufnr = 0 })[1].initialized == true")
  end)
  return self
end

function M:close()
  pcall(self.command, self, 'qall!')
  if vim.fn.jobwait({ self.channel }, STATE_TIMEOUT_MS)[1] == -1 then
    vim.fn.jobstop(self.channel)
    error('Neovim does not leave')
  end
  if self.model then
    vim.fn.jobstop(self.model)
  end
  vim.fn.delete(self.folder, 'rf')
end

--- Lets a model that waits for the file `go` go on.
function M:go_on()
  vim.fn.writefile({}, self.folder .. '/go')
end

function M:request(method, ...)
  return vim.rpcrequest(self.channel, method, ...)
end

function M:command(command)
  return self:request('nvim_command', command)
end

function M:lua(code, ...)
  return self:request('nvim_exec_lua', code, { ... })
end

--- Types keys as a user does.
function M:type(keys)
  self:request('nvim_input', keys)
end

--- Waits until `state` gives something true, and returns that; an error is a state not reached yet.
function M:wait(what, state)
  local value, problem
  local reached = vim.wait(STATE_TIMEOUT_MS, function()
    local ok, result = pcall(state)
    value, problem = ok and result, not ok and result or nil
    return value and true or false
  end, POLL_MS)
  if not reached then
    local seen = ('%s\nghost text: %s\nwhy not: %s\n%s'):format(problem or '', vim.inspect(self:ghost()), self:why(), self:text())
    error(('%s did not come within %d ms %s'):format(what, STATE_TIMEOUT_MS, seen), 0)
  end
  return value
end

function M:text()
  return table.concat(self:request('nvim_buf_get_lines', 0, 0, -1, false), '\n')
end

function M:line()
  return self:request('nvim_get_current_line')
end

--- The text that stands at the cursor without being in the buffer; nothing when there is none.
function M:ghost()
  return self:lua([[
    for _, name in ipairs({ 'firesteel.ghost', 'nvim.lsp.inline_completion' }) do
      local namespace = vim.api.nvim_get_namespaces()[name]
      local marks = namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true }) or {}
      local details = marks[1] and marks[1][4]
      if details then
        local function plain(chunks)
          return table.concat(vim.tbl_map(function(chunk) return chunk[1] end, chunks))
        end
        local lines = { plain(details.virt_text) }
        for _, chunks in ipairs(details.virt_lines or {}) do
          table.insert(lines, plain(chunks))
        end
        return table.concat(lines, '\n')
      end
    end
    return ''
  ]])
end

--- Why nothing was suggested last, as the server says it.
function M:why()
  return self:lua([[
    local client = vim.lsp.get_clients({ name = 'firesteel', bufnr = 0 })[1]
    local params = { command = 'firesteel.whyNoSuggestion', arguments = { vim.uri_from_bufnr(0) } }
    local reply = client and client:request_sync('workspace/executeCommand', params, 1000) or {}
    return vim.inspect(reply.result)
  ]])
end

--- Waits until the ghost text matches a pattern.
function M:wait_ghost(pattern)
  return self:wait('ghost text like ' .. pattern, function()
    local ghost = self:ghost()
    return ghost:find(pattern) and ghost
  end)
end

--- Puts the cursor on the first place of some text, in normal mode.
function M:go_to(text)
  self:type('<Esc>')
  self:wait('normal mode', function()
    return self:request('nvim_get_mode').mode == 'n'
  end)
  assert(self:lua("return vim.fn.search('\\\\V' .. ..., 'cw')", text) > 0, text .. ' is not in the buffer')
end

--- Waits until the server has nothing to learn any more, so that what it suggests is what it always suggests.
function M:wait_learned()
  self:wait('the index', function()
    return self:lua([[
      local client = vim.lsp.get_clients({ name = 'firesteel', bufnr = 0 })[1]
      local params = { command = 'firesteel.status', arguments = {} }
      local status = client:request_sync('workspace/executeCommand', params, 1000).result
      local engine = status['local']
      -- Also before it begins nothing is being indexed; then there are no tokens yet.
      return status.documents > 0 and engine.tokens > 0 and (engine.indexing == nil or engine.indexing == vim.NIL)
    ]])
  end)
end

return M
